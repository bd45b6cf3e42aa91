import { expect, test } from "vitest";
import { bitmaskArea } from "../raster/index.ts";
import { clickNet } from "./click-net.ts";
import { createPixelPyramid } from "./pixel-pyramid.ts";

const [width, height] = [64, 48];
const pixels = createPixelPyramid(
  { data: new Uint8Array(4 * width * height), columns: width, rows: height },
  width,
  height,
);
const box = { x: 8, y: 8, width: 32, height: 32 };

/** Asks with a network that answers `logit` everywhere, and takes the answer's memory away as a worker does. */
async function askAndTake(logit: number): Promise<{ area: number; score: number }> {
  const { mask, score } = await clickNet.segment(
    { box, clicks: [] },
    {
      pixels,
      run: ({ size }) => Promise.resolve(new Float32Array(size * size).fill(logit)),
      now: () => 0,
    },
  );
  const taken = structuredClone(mask, { transfer: [mask.data.buffer as ArrayBuffer] });
  return { area: bitmaskArea(taken), score };
}

test("every answer's memory is its own: it can be moved to another thread, also when nothing was found, twice", async () => {
  expect(await askAndTake(-5)).toEqual({ area: 0, score: 0 });
  expect(await askAndTake(-5)).toEqual({ area: 0, score: 0 });
  // The crop is 1.25 times the box.
  expect((await askAndTake(5)).area).toBe(40 * 40);
});
