import type { Tensor } from "./family.ts";
import { fromHalves, toHalf } from "./half.ts";

/*
 * What an encoder gave for a picture, as it is stored and sent: "LIMNEMB1", the length of a JSON header (32 bits, little
 * endian), the header `{"dims": [[1, 256, 64, 64], ...]}` padded with spaces to an even length, then the numbers of all
 * tensors in half precision, little endian.
 */

const MAGIC = "LIMNEMB1";
const START = MAGIC.length + 4;
/** Four tensors of SAM's size have 8 million numbers. */
const MOST_NUMBERS = 2 ** 26;

const MOST_HEADER = 4096;

function writeAscii(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

const countOf = (dims: readonly number[]): number =>
  dims.reduce((product, dim) => product * dim, 1);

/** All that stands before the numbers, in the memory of the whole. */
function begin(shapes: readonly (readonly number[])[]) {
  let header = JSON.stringify({ dims: shapes });
  if (header.length % 2 === 1) header += " ";
  const body = START + header.length;
  const bytes = new Uint8Array(body + 2 * shapes.reduce((sum, dims) => sum + countOf(dims), 0));
  writeAscii(bytes, 0, MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, header.length, true);
  writeAscii(bytes, START, header);
  return { bytes, body };
}

/** Is it what `packEmbedding` writes of tensors of these shapes, to the byte, with finite numbers alone? */
export function isEmbeddingOf(given: Uint8Array, shapes: readonly (readonly number[])[]): boolean {
  const { bytes, body } = begin(shapes);
  if (given.length !== bytes.length) return false;
  for (let i = 0; i < body; i++) if (given[i] !== bytes[i]) return false;
  // The upper byte of what is infinite or no number has all bits of the exponent.
  for (let i = body + 1; i < given.length; i += 2)
    if (((given[i] ?? 0) & 0x7c) === 0x7c) return false;
  return true;
}

/** @throws RangeError when a tensor holds something that is not a finite number. */
export function packEmbedding(tensors: readonly Tensor[]): Uint8Array<ArrayBuffer> {
  const { bytes, body } = begin(tensors.map(({ dims }) => dims));
  const view = new DataView(bytes.buffer);
  let at = body;
  for (const { data } of tensors)
    for (const value of data) {
      const number = Number(value);
      if (!Number.isFinite(number))
        throw new RangeError("The encoder gave numbers that are not finite.");
      // Beyond the largest half nothing says more than the largest half does.
      view.setUint16(at, toHalf(Math.min(65_504, Math.max(-65_504, number))), true);
      at += 2;
    }
  return bytes;
}

/** @throws RangeError when the bytes are not what `packEmbedding` wrote. */
export function unpackEmbedding(bytes: Uint8Array): Tensor[] {
  const broken = new RangeError("The embedding cannot be read.");
  const text = (from: number, to: number): string =>
    String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < START || text(0, MAGIC.length) !== MAGIC) throw broken;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const body = START + view.getUint32(MAGIC.length, true);
  if (body > bytes.length || body > MOST_HEADER) throw broken;
  const all = readDims(text(START, body));
  if (
    all === undefined ||
    bytes.length !== body + 2 * all.reduce((sum, dims) => sum + countOf(dims), 0)
  )
    throw broken;
  let at = body;
  return all.map((dims) => {
    const halves = new Uint16Array(countOf(dims));
    for (let i = 0; i < halves.length; i++, at += 2) halves[i] = view.getUint16(at, true);
    return { dims, data: fromHalves(halves) };
  });
}

function readDims(json: string): number[][] | undefined {
  try {
    const header: unknown = JSON.parse(json);
    const dims =
      typeof header === "object" && header !== null && "dims" in header ? header.dims : [];
    const isSize = (value: unknown): value is number =>
      Number.isInteger(value) && (value as number) > 0;
    if (!Array.isArray(dims)) return undefined;
    const all = dims.filter((each): each is number[] => Array.isArray(each) && each.every(isSize));
    const numbers = all.reduce((sum, each) => sum + countOf(each), 0);
    return all.length === dims.length && numbers <= MOST_NUMBERS ? all : undefined;
  } catch {
    return undefined;
  }
}
