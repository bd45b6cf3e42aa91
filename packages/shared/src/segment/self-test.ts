import type { NetworkInput } from "./family.ts";

/** Small enough for any graphics card to answer at once. */
export const SELF_TEST_SIZE = 64;

/** The question whose answer is stored beside a model: an engine that answers otherwise is not used. */
export function makeSelfTestInput(): NetworkInput {
  const size = SELF_TEST_SIZE;
  const plane = size * size;
  const image = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        // A disc on a slanted ground: something to find, with edges in every direction.
        const disc = (x - 30) ** 2 + (y - 34) ** 2 < 18 ** 2;
        image[channel * plane + y * size + x] = disc
          ? 220 - 40 * channel + (x % 7)
          : 40 + x + 30 * channel + (y % 5);
      }
  const prompt = new Float32Array(4 * plane);
  for (let y = 30; y < 38; y++) prompt.fill(1, y * size + 26, y * size + 34);
  for (let y = 12; y < 56; y++) prompt.fill(1, 3 * plane + y * size + 8, 3 * plane + y * size + 52);
  return { size, image, prompt };
}

/** The largest difference between two lists of equal length; Infinity when they differ in length or hold no number. */
export function farthestApart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs((a[i] ?? NaN) - (b[i] ?? NaN));
    if (!(apart <= most)) most = Number.isNaN(apart) ? Infinity : apart;
  }
  return most;
}
