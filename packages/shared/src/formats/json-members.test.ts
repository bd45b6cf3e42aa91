import { expect, test } from "vitest";
import { createSeededRandom, sourceFile } from "../testing/index.ts";
import { JsonFileError, parseJson, readJsonMembers } from "./json-members.ts";

async function read(content: string | Uint8Array, pieceBytes = 65_536): Promise<unknown> {
  const found: Record<string, unknown> = {};
  await readJsonMembers(sourceFile("f", content, pieceBytes).stream(), ({ key, index, bytes }) => {
    const value = parseJson(bytes);
    if (index === null) found[key] = value;
    else {
      const list = found[key] ?? [];
      if (Array.isArray(list)) found[key] = [...(list as unknown[]), value];
    }
  });
  return found;
}

async function sentenceFor(content: string | Uint8Array): Promise<string> {
  try {
    await read(content);
  } catch (error) {
    if (error instanceof JsonFileError) return error.message;
    throw error;
  }
  throw new Error("it was read");
}

const SAMPLE = `{"a": [ {"x": "]},{\\"\\\\"}, 2,[3, [4]], "ü\\u00e9", null ] , "b":{"c":[1,{"d":"}"}]},
  "ke\\"y" :-1.5e3,"e":[],"截图":true}`;

test("[FM1] members are those that JSON.parse finds, however the bytes are cut", async () => {
  const { e: _empty, ...whole } = JSON.parse(SAMPLE) as Record<string, unknown>;
  for (let pieceBytes = 3; pieceBytes < 40; pieceBytes++)
    expect(await read(SAMPLE, pieceBytes)).toEqual(whole);
});

test("[FM1] elements can be found again by their place", async () => {
  const file = sourceFile("f", SAMPLE, 7);
  const texts: string[] = [];
  await readJsonMembers(file.stream(), ({ index, start, end, bytes }) => {
    if (index === null) return;
    texts.push(Buffer.from(bytes).toString().trim());
    expect(Buffer.from(SAMPLE).subarray(start, end).toString().trim()).toBe(texts.at(-1));
  });
  expect(texts).toHaveLength(5);
});

test("[FM1] random values come back, cut at random", async () => {
  const seed = 7;
  console.info(`seed ${seed}`);
  const random = createSeededRandom(seed);
  const int = random.integer;
  const value = (depth: number): unknown => {
    const kind = int(depth > 3 ? 4 : 6);
    if (kind === 0) return int(1000) / 8;
    if (kind === 1) return random.chance(0.5);
    if (kind === 2) return `"\\ {}[],:é😀\n`.slice(int(6), int(14));
    if (kind === 3) return null;
    if (kind === 4) return Array.from({ length: int(4) }, () => value(depth + 1));
    return Object.fromEntries(
      Array.from({ length: int(4) }, (_, i) => [`k${i}`, value(depth + 1)]),
    );
  };
  for (let i = 0; i < 200; i++) {
    const whole = {
      list: Array.from({ length: 1 + int(5) }, () => value(0)),
      other: { v: value(0) },
    };
    const text = JSON.stringify(whole, null, int(3));
    expect(await read(text, 3 + int(20))).toEqual(whole);
  }
});

test("[FM2] a mark at the start, CRLF and blanks at the end do no harm", async () => {
  const text = `\uFEFF{\r\n"a": [1,\r\n2],\r\n"b": "x"}\r\n  \n`;
  expect(await read(text)).toEqual({ a: [1, 2], b: "x" });
});

test("[FM2] NaN and Infinity, as Python writes them, are no numbers; in a text they are text", async () => {
  expect(await read('{"a": [NaN, -Infinity, "NaN Infinity", 1]}')).toEqual({
    a: [null, null, "NaN Infinity", 1],
  });
});

test("[FM2] ids of more digits than a number keeps stay apart", async () => {
  expect(
    await read('{"a": [{"id": 9007199254740993}, {"id": 9007199254740992}, {"id": 12}]}'),
  ).toEqual({ a: [{ id: "9007199254740993" }, { id: "9007199254740992" }, { id: 12 }] });
});

test.each([
  ["", "is empty"],
  ["   \n", "is empty"],
  ["[1, 2]", "is not valid JSON (byte 0)"],
  ['{"a": [1, 2', "is cut off before its end"],
  ['{"a": {"b": "c', "is cut off before its end"],
  ['{"a": 1} {"b": 2}', "is not valid JSON (byte 9)"],
  ['{"a": [1 2]}', "is not valid JSON"],
  ["{'a': 1}", "is not valid JSON (byte 1)"],
  ['{"a": [{"b": tru}]}', "is not valid JSON"],
  [Uint8Array.from([0xff, 0xfe, 0x7b, 0]), "UTF-16"],
  [Buffer.from('{"a": ["caf\xe9"]}', "latin1"), "is not text in UTF-8"],
] as const)("[FM3] %j is refused in a sentence", async (content, part) => {
  expect(await sentenceFor(content)).toContain(part);
});
