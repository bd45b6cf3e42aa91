import { describe, expect, test } from "vitest";
import { createSeededRandom, drawMask, readMask } from "../testing/index.ts";
import {
  bitmaskFromRle,
  bitmaskFromTiles,
  compressRuns,
  expandRuns,
  fillRings,
  RasterError,
  readRuns,
  rleFromBitmask,
  rleFromTiles,
  runsArea,
  tilesFromBitmask,
} from "./index.ts";

describe("COCO run-length code", () => {
  // Texts made by pycocotools 2.0.11.
  test("[L1] texts of pycocotools are read and written", () => {
    const square = fillRings([[5, 5, 15, 5, 15, 15, 5, 15]], "union", {
      left: 0,
      top: 0,
      right: 40,
      bottom: 30,
    });
    const counts = "k4:d000000000000000000Yg0";
    expect(rleFromBitmask(square, { width: 40, height: 30 })).toEqual({ size: [30, 40], counts });
    const dots = [
      { counts: "e61jn0", box: [7, 3, 1, 1] },
      { counts: "n:1m00fh0", box: [11, 20, 2, 1] },
      { counts: "_U11", box: [39, 29, 1, 1] },
    ];
    for (const { counts: text, box } of dots) {
      const mask = bitmaskFromRle({ size: [30, 40], counts: text });
      expect([mask.left, mask.top, mask.width, mask.height]).toEqual(box);
      expect(rleFromBitmask(mask, { width: 40, height: 30 }).counts).toBe(text);
    }
  });

  test("[L1] lists of counts run down the columns, as pycocotools has them", () => {
    const text = "n2e0900]Oc0000000000B3KM53KMc0000000000000000000000000000000000X9";
    const runs = expandRuns(text);
    expect(runs.slice(0, 8)).toEqual([94, 21, 9, 21, 9, 2, 28, 2]);
    expect(compressRuns(runs)).toBe(text);
    expect(runsArea(runs)).toBe(102);
    const fromList = bitmaskFromRle({ size: [30, 40], counts: runs });
    expect([fromList.left, fromList.top, fromList.width, fromList.height]).toEqual([3, 4, 27, 21]);
  });

  test("[L1] column by column, first the clear ones", () => {
    const mask = readMask(["#..", "##.", "..#"]);
    const rle = rleFromBitmask(mask, { width: 3, height: 3 });
    expect(expandRuns(rle.counts)).toEqual([0, 2, 2, 1, 3, 1]);
    expect(drawMask(bitmaskFromRle(rle), 3, 3)).toEqual(["#..", "##.", "..#"]);
  });

  test("[L2] any mask of any size comes back bit for bit, over tile edges too", () => {
    const seed = 7;
    console.info(`seed ${seed}`);
    const random = createSeededRandom(seed);
    for (let round = 0; round < 30; round++) {
      const size = { width: 1 + random.integer(600), height: 1 + random.integer(600) };
      const box = { left: 0, top: 0, right: size.width, bottom: size.height };
      const density = random.next();
      const rings = Array.from({ length: 3 }, () =>
        Array.from({ length: 12 }, () => random.integer(620)),
      );
      const mask = fillRings(rings, "even-odd", box);
      for (let i = 0; i < 200 * density; i++) mask.data[random.integer(mask.data.length)] = 1;
      const tiles = tilesFromBitmask(mask, size);
      const rle = rleFromTiles(tiles);
      expect(rle.size).toEqual([size.height, size.width]);
      const plain: number[] = [];
      let value = 0;
      let run = 0;
      for (let x = 0; x < size.width; x++) {
        for (let y = 0; y < size.height; y++) {
          if ((mask.data[y * size.width + x] ?? 0) !== value) {
            plain.push(run);
            run = 0;
            value = 1 - value;
          }
          run++;
        }
      }
      plain.push(run);
      expect(readRuns(rle)).toEqual(plain);
      expect(bitmaskFromTiles(tilesFromBitmask(bitmaskFromRle(rle), size)).data).toEqual(mask.data);
    }
  });

  test("[L3] an empty and a full mask", () => {
    expect(bitmaskFromRle({ size: [4, 5], counts: [20] })).toMatchObject({ width: 0, height: 0 });
    expect(bitmaskFromRle({ size: [4, 5], counts: [0, 20] })).toMatchObject({
      width: 5,
      height: 4,
      data: new Uint8Array(20).fill(1),
    });
  });

  test("[L3] what is no mask is refused in a sentence", () => {
    const bad = [
      { size: [4, 5], counts: [19] },
      { size: [4, 5], counts: [10, -1, 11] },
      { size: [4, 5], counts: [10.5, 9.5] },
      { size: [0, 5], counts: [] },
      { size: [4, 5], counts: "\u0001" },
      { size: [4, 5], counts: "oooooooooooooooo" },
      { size: [2 ** 20, 2 ** 20], counts: [2 ** 40] },
    ] as const;
    for (const rle of bad) expect(() => readRuns(rle)).toThrow(RasterError);
    expect(() => readRuns({ size: [4, 5], counts: [19] })).toThrow(
      "A mask's counts add up to 19, but its size 5 x 4 has 20 pixels.",
    );
  });
});
