/**
 * The members of one large JSON object, read as the bytes come and never held as a whole: elements of its arrays one by
 * one, with their place in the file, so that they can be found again. What an element holds is left to JSON.parse.
 */
import { decodeUtf8 } from "lib0/string";

/** A value of the object, or one element of a value that is an array. */
export interface JsonMember {
  readonly key: string;
  /** Of an element, from 0; null for a value that is no array. */
  readonly index: number | null;
  /** Bytes from the file's start. */
  readonly start: number;
  readonly end: number;
  /** The value as JSON text in UTF-8; valid until the visit returns. */
  readonly bytes: Uint8Array;
}

/** The file cannot be read; the message is the end of a sentence that begins with its name. */
export class JsonFileError extends Error {
  override readonly name = "JsonFileError";
}

/** No object that people draw takes so many bytes; the memory of the server is not to hang on a file. */
const LONGEST = 256 * 2 ** 20;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const LIST = 0x5b;
const LIST_END = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

type Place =
  | "start"
  | "key"
  | "key-text"
  | "colon"
  | "value"
  | "value-text"
  | "after-value"
  | "element"
  | "element-text"
  | "after-element"
  | "end";

/**
 * Calls `visit` for every member in the order of the file. `visit` returns false to end early.
 * @throws JsonFileError when the file is not a JSON object or is cut off
 */
export async function readJsonMembers(
  chunks: AsyncIterable<Uint8Array>,
  visit: (member: JsonMember) => boolean | void,
): Promise<void> {
  const reader = createMemberReader(visit);
  for await (const chunk of chunks) if (!reader.take(chunk)) return;
  reader.finish();
}

function createMemberReader(visit: (member: JsonMember) => boolean | void) {
  let place: Place = "start";
  /** Bytes before the chunk at hand. */
  let before = 0;
  let key = "";
  let index = 0;
  let start = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let pieces: Uint8Array[] = [];
  let kept = 0;

  const fail = (at: number): never => {
    throw new JsonFileError(
      `is not valid JSON (byte ${before + at}): open it in the program that made it and export it again.`,
    );
  };

  function begin(at: number): void {
    start = before + at;
    depth = 0;
    inString = false;
    escaped = false;
    pieces = [];
    kept = 0;
  }

  function keep(part: Uint8Array): void {
    if (kept + part.length > LONGEST)
      throw new JsonFileError(`has a value of more than ${LONGEST >> 20} MiB: split it.`);
    pieces.push(part);
    kept += part.length;
  }

  /** Goes on within a value; answers where it ends, or the chunk's length when it does not end here. */
  function skipValue(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN || byte === LIST) depth++;
      else if (byte === CLOSE || byte === LIST_END) {
        if (depth === 0) return at;
        depth--;
      } else if (byte === COMMA && depth === 0) return at;
    }
    return chunk.length;
  }

  function tell(end: number, at: number | null): boolean {
    const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : join(pieces, kept);
    pieces = [];
    return visit({ key, index: at, start, end: before + end, bytes }) !== false;
  }

  /** False: enough. */
  function take(chunk: Uint8Array): boolean {
    let at = before === 0 ? skipMark(chunk) : 0;
    while (at < chunk.length) {
      if (place === "value-text" || place === "element-text") {
        const end = skipValue(chunk, at);
        keep(chunk.subarray(at, end));
        at = end;
        if (end === chunk.length) break;
        if (!tell(end, place === "element-text" ? index++ : null)) return false;
        place = place === "element-text" ? "after-element" : "after-value";
        continue;
      }
      if (place === "key-text") {
        const end = endOfString(chunk, at);
        keep(chunk.subarray(at, end));
        at = end;
        if (end === chunk.length) break;
        key = parseText(join(pieces, kept));
        place = "colon";
        at++;
        continue;
      }
      // The first byte of a value belongs to it.
      if (isBlank(chunk[at]) || !beginsValue(chunk, at)) at++;
    }
    before += chunk.length;
    return true;
  }

  /** One byte that is neither blank nor within a value. */
  function beginsValue(chunk: Uint8Array, at: number): boolean {
    step(chunk, at);
    return place === "value-text" || place === "element-text";
  }

  function step(chunk: Uint8Array, at: number): void {
    const byte = chunk[at];
    switch (place) {
      case "start":
        if (byte !== OPEN) fail(at);
        place = "key";
        return;
      case "key":
        if (byte === CLOSE) place = "end";
        else if (byte === QUOTE) {
          begin(at + 1);
          place = "key-text";
        } else fail(at);
        return;
      case "colon":
        if (byte !== COLON) fail(at);
        place = "value";
        return;
      case "value":
        index = 0;
        if (byte === LIST) place = "element";
        else {
          begin(at);
          place = "value-text";
        }
        return;
      case "element":
        if (byte === LIST_END) place = "after-value";
        else {
          begin(at);
          place = "element-text";
        }
        return;
      case "after-element":
        if (byte === COMMA) place = "element";
        else if (byte === LIST_END) place = "after-value";
        else fail(at);
        return;
      case "after-value":
        if (byte === COMMA) place = "key";
        else if (byte === CLOSE) place = "end";
        else fail(at);
        return;
      default:
        fail(at);
    }
  }

  function endOfString(chunk: Uint8Array, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) return at;
    }
    return chunk.length;
  }

  return {
    take,
    finish(): void {
      if (place === "start") throw new JsonFileError("is empty: check where it came from.");
      if (place !== "end")
        throw new JsonFileError("is cut off before its end: copy or export it again.");
    },
  };
}

function skipMark(chunk: Uint8Array): number {
  const [a, b, c] = chunk;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff))
    throw new JsonFileError("is written in UTF-16: save it as UTF-8.");
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function join(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function parseText(inner: Uint8Array): string {
  const value = parseJson(joinQuotes(inner));
  return typeof value === "string" ? value : "";
}

function joinQuotes(inner: Uint8Array): Uint8Array {
  const all = new Uint8Array(inner.length + 2);
  all[0] = 0x22;
  all.set(inner, 1);
  all[all.length - 1] = 0x22;
  return all;
}

/** A whole number of more digits than a double keeps, somewhere in a text. */
const LONG_NUMBER = /[-:[,\s]\d{16,}\s*[,}\]]/;
const NOT_A_NUMBER = /"(?:[^"\\]|\\.)*"|\bNaN\b|-?\bInfinity\b/g;

/**
 * JSON as Python's writers make it: NaN and Infinity are read as null, which no caller takes for a number; whole numbers
 * that a double would round, so that two ids became one, are read as text.
 * @throws JsonFileError
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch {
    throw new JsonFileError("is not text in UTF-8: save it as UTF-8.");
  }
  try {
    return parse(text);
  } catch {
    try {
      return parse(
        text.replaceAll(NOT_A_NUMBER, (found) => (found.startsWith('"') ? found : "null")),
      );
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      throw new JsonFileError(`is not valid JSON: ${why}`);
    }
  }
}

function parse(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const exact = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (found) =>
    /^-?\d{16,}$/.test(found) && !Number.isSafeInteger(Number(found)) ? `"${found}"` : found,
  );
  return JSON.parse(exact);
}
