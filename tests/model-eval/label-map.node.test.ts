import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readLabelMap } from "./label-map.ts";
import sharp from "sharp";

function chunk(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length);
  head.write(kind, 4, "latin1");
  // The reader does not look at check sums.
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

/** A PNG of rows that already carry their filter byte. */
function png(width: number, height: number, depth: number, colourType: number, rows: number[][]) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([depth, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(Buffer.from(rows.flat()))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

describe("[E1] numbers are read as they are stored", () => {
  test("8 bits, every filter", () => {
    const file = png(3, 5, 8, 0, [
      [0, 1, 2, 3],
      [1, 1, 1, 1],
      [2, 1, 1, 1],
      [3, 1, 1, 1],
      [4, 1, 1, 1],
    ]);
    const { labels, ignored } = readLabelMap(file);
    expect([...labels]).toEqual([1, 2, 3, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
    expect(ignored).toBe(255);
  });

  test("16 bits: numbers above 255, 65535 ignored", () => {
    const { labels, ignored } = readLabelMap(png(3, 1, 16, 0, [[0, 1, 44, 0, 255, 255, 255]]));
    expect([...labels]).toEqual([300, 255, 65535]);
    expect(ignored).toBe(65535);
  });

  test("palette indices of 4 bits", () => {
    expect([...readLabelMap(png(3, 1, 4, 3, [[0, 0x12, 0x30]])).labels]).toEqual([1, 2, 3]);
  });

  test("what a real encoder writes", async () => {
    const values = Uint8Array.from({ length: 64 * 48 }, (_value, i) => (i * i) % 251);
    const file = await sharp(values, { raw: { width: 64, height: 48, channels: 1 } })
      .toColourspace("b-w")
      .png({ adaptiveFiltering: true })
      .toBuffer();
    expect([...readLabelMap(file).labels]).toEqual([...values]);
  });
});

test("[E1] what cannot be a map is refused with a reason", () => {
  expect(() => readLabelMap(Buffer.from("GIF89a"))).toThrow("it is not a PNG");
  expect(() => readLabelMap(png(1, 1, 8, 2, [[0, 10, 20, 30]]))).toThrow("it holds colours");
  expect(() => readLabelMap(png(4, 4, 8, 0, [[0, 1]]))).toThrow("it has too few rows");
});
