import { expect, test } from "vitest";
import { type Samples, shrinkSamples, warpPlane } from "./resample.ts";

/** A ramp in the second of three interleaved channels, and a part outside which everything counts as 0. */
function makeRamp(width: number, height: number, filled: Samples["filled"]): Samples {
  const data = new Uint8Array(3 * width * height).fill(99);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[3 * (y * width + x) + 1] = (7 * x + 31 * y) % 251;
  return { width, height, data, first: 1, step: 3, stride: 3 * width, filled };
}

const valueAt = (samples: Samples, x: number, y: number): number => {
  const { left, top, right, bottom } = samples.filled;
  if (x < left || y < top || x >= right || y >= bottom) return 0;
  return samples.data[samples.first + y * samples.stride + x * samples.step] ?? NaN;
};

test("shrinking gives the mean of the area that each output covers, with 0 outside the filled part", () => {
  const samples = makeRamp(13, 9, { left: 2, top: 3, right: 11, bottom: 8 });
  const [width, height] = [5, 4];
  const small = shrinkSamples(samples, width, height);
  for (let v = 0; v < height; v++)
    for (let u = 0; u < width; u++) {
      let sum = 0;
      for (let y = 0; y < 9; y++)
        for (let x = 0; x < 13; x++) {
          const across = Math.min(x + 1, ((u + 1) * 13) / width) - Math.max(x, (u * 13) / width);
          const down = Math.min(y + 1, ((v + 1) * 9) / height) - Math.max(y, (v * 9) / height);
          if (across > 0 && down > 0) sum += across * down * valueAt(samples, x, y);
        }
      expect(small.data[v * width + u]).toBeCloseTo(sum / ((13 / width) * (9 / height)), 3);
    }
});

test("the same size is the samples themselves", () => {
  const samples = makeRamp(4, 3, { left: 1, top: 0, right: 4, bottom: 2 });
  const plane = shrinkSamples(samples, 4, 3);
  const wanted = Array.from({ length: 12 }, (_, i) => valueAt(samples, i % 4, Math.floor(i / 4)));
  expect([...plane.data]).toEqual(wanted);
});

test("warping samples between the pixels and blends with the border at every edge", () => {
  const plane = { width: 3, height: 2, data: Float32Array.of(10, 20, 30, 40, 50, 60) };
  const border = 100;
  const at = (x: number, y: number): number =>
    x < 0 || y < 0 || x > 2 || y > 1 ? border : (plane.data[3 * y + x] ?? NaN);
  const size = 7;
  const [mapX, mapY] = [
    { start: -1.5, step: 0.75 },
    { start: -1.25, step: 0.5 },
  ];
  const out = new Float32Array(size * size + 1);
  warpPlane(plane, size, mapX, mapY, border, out, 1);
  for (let v = 0; v < size; v++)
    for (let u = 0; u < size; u++) {
      const [x, y] = [mapX.start + u * mapX.step, mapY.start + v * mapY.step];
      const [x0, y0] = [Math.floor(x), Math.floor(y)];
      const top = at(x0, y0) + (at(x0 + 1, y0) - at(x0, y0)) * (x - x0);
      const low = at(x0, y0 + 1) + (at(x0 + 1, y0 + 1) - at(x0, y0 + 1)) * (x - x0);
      expect(out[1 + v * size + u]).toBeCloseTo(top + (low - top) * (y - y0), 4);
    }
});

test("a plane of one column has no inner part", () => {
  const out = new Float32Array(9);
  const map = { start: -1, step: 1 };
  warpPlane(
    { width: 1, height: 3, data: Float32Array.of(1, 2, 3) },
    3,
    map,
    { start: 0, step: 1 },
    9,
    out,
    0,
  );
  expect([...out]).toEqual([9, 1, 9, 9, 2, 9, 9, 3, 9]);
});
