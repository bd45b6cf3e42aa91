import { expect, test } from "vitest";
import { type Bitmask, bitmaskArea, createBitmask, isBitSet } from "../raster/index.ts";
import { clickNet } from "./click-net.ts";
import { closerCropFor } from "./crop.ts";
import type { Click } from "./family.ts";
import { createPixelPyramid } from "./pixel-pyramid.ts";
import { takeFromCloserLook } from "./refine-mask.ts";

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

/** A picture of 200 x 200 px, a box over its middle that is filled, and a network that answers each call as told. */
async function correct(clicks: readonly Click[], answers: readonly number[]) {
  const side = 200;
  const sizes: number[] = [];
  const filled = createBitmask({ left: 40, top: 40, right: 160, bottom: 160 });
  filled.data.fill(1);
  const { mask } = await clickNet.segment(
    { box: { x: 40, y: 40, width: 120, height: 120 }, clicks, mask: filled },
    {
      pixels: createPixelPyramid(
        { data: new Uint8Array(4 * side * side), columns: side, rows: side },
        side,
        side,
      ),
      run: ({ size }) => {
        const logit = answers[sizes.length] ?? 0;
        sizes.push(size);
        return Promise.resolve(new Float32Array(size * size).fill(logit));
      },
      now: () => 0,
    },
  );
  return { mask, looks: sizes.length };
}

const INSIDE = [
  { x: 100.5, y: 100.5, inside: true },
  { x: 60.5, y: 60.5, inside: true },
];

const SPECK = { left: 8, top: 8, right: 12, bottom: 12 };

function rowOf(mask: Bitmask, y: number): number {
  let count = 0;
  for (let x = mask.left; x < mask.left + mask.width; x++) if (isBitSet(mask, x, y)) count++;
  return count;
}

test("[S7a] from the third click on the network looks again at what the click corrects, and a disc of that is taken", async () => {
  const { mask, looks } = await correct(
    [...INSIDE, { x: 130.5, y: 130.5, inside: false }],
    [5, -5],
  );
  expect(looks).toBe(2);
  // The crop is 1.25 x 120 = 150 px wide, the second one 60, and the disc 48 px across.
  for (let y = 0; y < 200; y++)
    for (let x = 0; x < 200; x++) {
      const isInBox = x >= 40 && x < 160 && y >= 40 && y < 160;
      const isInDisc = (x - 130) ** 2 + (y - 130) ** 2 <= 24 ** 2;
      expect(isBitSet(mask, x, y), `${x}, ${y}`).toBe(isInBox && !isInDisc);
    }
});

test("[S5] [S7a] a large crop is seen large once there is a mask, and small where a closer look follows", async () => {
  const sizesOf = async (clicks: readonly Click[]): Promise<number[]> => {
    const side = 800;
    const sizes: number[] = [];
    const filled = createBitmask({ left: 100, top: 100, right: 500, bottom: 500 });
    filled.data.fill(1);
    await clickNet.segment(
      { clicks, mask: filled, box: { x: 100, y: 100, width: 400, height: 400 } },
      {
        pixels: createPixelPyramid(
          { data: new Uint8Array(4 * side * side), columns: side, rows: side },
          side,
          side,
        ),
        run: ({ size }) => {
          sizes.push(size);
          return Promise.resolve(new Float32Array(size * size).fill(1));
        },
        now: () => 0,
      },
    );
    return sizes;
  };
  const click = { x: 300.5, y: 300.5, inside: true };
  expect(await sizesOf([click, click])).toEqual([384]);
  // The crop has 500 px, the closer one 200.
  expect(await sizesOf([click, click, click])).toEqual([256, 256]);
});

test("[S5b] a box alone is looked at twice, with a click once", async () => {
  for (const [clicks, looks] of [
    [[], 2],
    [INSIDE.slice(0, 1), 1],
  ] as const) {
    const answers = [-5, 5];
    const { mask } = await clickNet.segment(
      { box, clicks },
      {
        pixels,
        run: ({ size }) =>
          Promise.resolve(new Float32Array(size * size).fill(answers.shift() ?? 0)),
        now: () => 0,
      },
    );
    expect(2 - answers.length).toBe(looks);
    // The second answer stands; the first one is empty.
    expect(bitmaskArea(mask) > 0).toBe(looks === 2);
  }
});

test("[S7a] the first two clicks are answered with one look", async () => {
  expect((await correct(INSIDE, [5])).looks).toBe(1);
});

test("[S7a] a disc that reaches over the picture's edge is cut off there", () => {
  const picture = { width: 30, height: 20 };
  const nothing = createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });
  const near = createBitmask({ left: 0, top: 0, right: 30, bottom: 20 });
  near.data.fill(1);
  const crop = { centerX: 0.5, centerY: 19.5, side: 10, whole: false };
  const mask = takeFromCloserLook(nothing, near, crop, picture);
  expect([mask.left, mask.top, mask.width, mask.height]).toEqual([0, 15, 5, 5]);
  // A quarter of the disc of radius 4: columns 0-4 in the click's row, 0 alone four rows above it.
  expect([19, 18, 17, 16, 15].map((y) => rowOf(mask, y))).toEqual([5, 4, 4, 3, 1]);
});

test("[S7a] a crop too small to be cut further gets no second look", () => {
  const input = {
    clicks: [...INSIDE, { x: 9.5, y: 9.5, inside: false }],
    mask: createBitmask(SPECK),
  };
  expect(
    closerCropFor(input, { centerX: 10, centerY: 10, side: 39, whole: false }),
  ).toBeUndefined();
  expect(closerCropFor(input, { centerX: 10, centerY: 10, side: 41, whole: false })).toEqual({
    centerX: 9.5,
    centerY: 9.5,
    side: 32,
    whole: false,
  });
});
