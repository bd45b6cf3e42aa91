import { createTileMask, isPixelSet, paintTileSpan } from "@limn/shared/raster";
import { expect, test } from "vitest";
import { measureTileGeometry } from "./tile-geometry.ts";

const size = { width: 600, height: 300 };

function quads(flat: Uint16Array): number[][] {
  const out: number[][] = [];
  for (let i = 0; i < flat.length; i += 4) out.push([...flat.subarray(i, i + 4)]);
  return out;
}

test("equal rows become one rectangle, and the outline of a box has four segments", () => {
  const mask = createTileMask(size);
  for (let y = 10; y < 20; y++) paintTileSpan(mask, y, 30, 50, 1);
  const { rectangles, edges } = measureTileGeometry(mask, 0);
  expect(quads(rectangles)).toEqual([[30, 10, 50, 20]]);
  expect(quads(edges).toSorted((a, b) => a.join().localeCompare(b.join()))).toEqual(
    [
      [30, 10, 50, 10],
      [30, 20, 50, 20],
      [30, 10, 30, 20],
      [50, 10, 50, 20],
    ].toSorted((a, b) => a.join().localeCompare(b.join())),
  );
});

test("an object over a tile border has no outline along the border", () => {
  const mask = createTileMask(size);
  for (let y = 250; y < 262; y++) paintTileSpan(mask, y, 250, 262, 1);
  const all = [0, 1, 3, 4].flatMap((index) => quads(measureTileGeometry(mask, index).edges));
  expect(all.filter(([x0, , x1]) => x0 === 256 && x1 === 256)).toEqual([]);
  expect(all.filter(([, y0, , y1]) => y0 === 256 && y1 === 256)).toEqual([]);
  const length = all.reduce(
    (sum, [x0 = 0, y0 = 0, x1 = 0, y1 = 0]) => sum + x1 - x0 + (y1 - y0),
    0,
  );
  expect(length).toBe(4 * 12);
});

test("random masks: rectangles cover exactly the set pixels, edges are exactly the changes", () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const mask = createTileMask(size);
  for (let i = 0; i < 400; i++) {
    const x0 = Math.floor(random() * 560);
    paintTileSpan(
      mask,
      Math.floor(random() * 300),
      x0,
      x0 + 1 + Math.floor(random() * 39),
      random() < 0.8 ? 1 : 0,
    );
  }
  const painted = new Uint8Array(size.width * size.height);
  let edgeLength = 0;
  for (const index of mask.tiles.keys()) {
    const { rectangles, edges } = measureTileGeometry(mask, index);
    for (const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] of quads(rectangles))
      for (let y = y0; y < y1; y++)
        for (let x = x0; x < x1; x++)
          painted[y * size.width + x] = (painted[y * size.width + x] ?? 0) + 1;
    for (const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] of quads(edges)) edgeLength += x1 - x0 + (y1 - y0);
  }
  let changes = 0;
  for (let y = 0; y < size.height; y++)
    for (let x = 0; x < size.width; x++) {
      const set = isPixelSet(mask, x, y);
      expect(painted[y * size.width + x]).toBe(set ? 1 : 0);
      if (!set) continue;
      changes += [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ].filter(([dx = 0, dy = 0]) => !isPixelSet(mask, x + dx, y + dy)).length;
    }
  expect(edgeLength).toBe(changes);
});
