import { expect, test } from "vitest";
import { bitmaskBounds, createBitmask } from "../raster/index.ts";
import { clickNet, createPixelPyramid } from "../segment/index.ts";
import type { RunWithFeatures } from "./last-layer.ts";
import { type Example, isGain, learn } from "./learn.ts";

const WIDTH = 96;
const HEIGHT = 80;

/** A picture with one bright rectangle, which is the object. */
function exampleOf(i: number): Example {
  const [left, top] = [10 + (i % 5) * 6, 12 + (i % 4) * 5];
  const [right, bottom] = [left + 30 + (i % 3) * 5, top + 24 + (i % 2) * 8];
  const all = { left: 0, top: 0, right: WIDTH, bottom: HEIGHT };
  const object = createBitmask(all);
  const data = new Uint8Array(WIDTH * HEIGHT * 4).fill(255);
  for (let y = 0; y < HEIGHT; y++)
    for (let x = 0; x < WIDTH; x++) {
      const inside = x >= left && x < right && y >= top && y < bottom;
      if (inside) object.data[y * WIDTH + x] = 1;
      data.fill(inside ? 220 : 30, (y * WIDTH + x) * 4, (y * WIDTH + x) * 4 + 3);
    }
  return {
    name: `object ${i}`,
    image: `image ${i}`,
    open: () =>
      Promise.resolve({
        pixels: createPixelPyramid({ data, columns: WIDTH, rows: HEIGHT }, WIDTH, HEIGHT),
        truth: { object, ignored: createBitmask(all), bounds: bitmaskBounds(object) ?? all },
      }),
  };
}

/** A network that takes half of the box for the object, and whose first feature says how bright the picture is. */
const halfBlind: RunWithFeatures = ({ size, image, prompt }) => {
  const half = size / 2;
  const logits = new Float32Array(size * size);
  for (let i = 0; i < logits.length; i++) {
    const isLeft = i % size < half;
    logits[i] = (prompt[3 * size * size + i] ?? 0) === 1 && isLeft ? 1 : -1;
  }
  const features = new Float32Array(16 * half * half);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++)
      features[y * half + x] = ((image[2 * y * size + 2 * x] ?? 0) - 125) / 100;
  return Promise.resolve({ logits, features, features4: new Float32Array((48 * half * half) / 4) });
};

const teacher = {
  family: clickNet,
  run: halfBlind,
  now: () => 0,
  progress: () => {},
  check: () => {},
};

test("[A3] what the features tell and the network does not use is learnt, and measured on other images", async () => {
  const shares: number[] = [];
  const { layer, report } = await learn(
    Array.from({ length: 12 }, (_, i) => exampleOf(i)),
    { ...teacher, progress: (share) => shares.push(share) },
  );
  expect(layer?.weights[0]).toBeGreaterThan(1);
  expect(report).toMatchObject({ objects: 12, images: 12, measured: 12 });
  expect(report.before.iou).toBeLessThan(0.6);
  expect(report.after.iou).toBeGreaterThan(0.9);
  expect(report.after.clicks).toBeLessThan(report.before.clicks);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test("[A3] where nothing is gained the network stays as it is", async () => {
  const perfect: RunWithFeatures = async (input) => {
    const answer = await halfBlind(input);
    const { image } = input;
    return { ...answer, logits: answer.logits.map((_, i) => ((image[i] ?? 0) > 125 ? 5 : -5)) };
  };
  const examples = Array.from({ length: 6 }, (_, i) => exampleOf(i));
  const { layer, report } = await learn(examples, { ...teacher, run: perfect });
  expect(layer).toBeNull();
  expect(report.after.iou).toBeCloseTo(report.before.iou, 1);
});

test("[A4] too few objects are refused; a stop is obeyed", async () => {
  await expect(learn([exampleOf(0)], teacher)).rejects.toThrow(RangeError);
  const examples = Array.from({ length: 6 }, (_, i) => exampleOf(i));
  const check = (): void => {
    throw new Error("stopped");
  };
  await expect(learn(examples, { ...teacher, check })).rejects.toThrow("stopped");
});

test("[A3] a gain counts when chance would hardly make it, and clicks are not paid for it", () => {
  const steady = Array(20).fill(0.03) as number[];
  const none = Array(20).fill(0) as number[];
  expect(isGain(steady, none)).toBe(true);
  // The same mean, but from one object of five.
  expect(isGain([0.15, 0, 0, 0, 0], [0, 0, 0, 0, 0])).toBe(false);
  expect(isGain([0, 0, 0, 0, 0], [10, 0, 0, 0, 0])).toBe(false);
  expect(isGain(none, [1, 1, 0, 1, 1, 0, 1, 1, 1, 1])).toBe(true);
  // A better first mask that takes more clicks, and clicks saved by much worse first masks.
  expect(isGain(steady, Array(20).fill(-1) as number[])).toBe(false);
  expect(isGain(Array(20).fill(-0.02) as number[], Array(20).fill(1) as number[])).toBe(false);
  expect(isGain(none, none)).toBe(false);
});
