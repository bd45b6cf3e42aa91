import { expect, test } from "vitest";
import { maskThatFitsBox } from "./fill-box.ts";

const SIZE = 64;
const crop = { centerX: 32, centerY: 32, side: 64, whole: false };
const picture = { width: 64, height: 64 };
const box = { x: 12, y: 12, width: 40, height: 40 };

/** Logits of squares around the middle, the first one on top: [side, logit]; -9 elsewhere. One sample a pixel. */
function squares(...wanted: readonly (readonly [number, number])[]): Float32Array {
  const logits = new Float32Array(SIZE * SIZE).fill(-9);
  for (const [side, logit] of wanted.toReversed())
    for (let y = 32 - side / 2; y < 32 + side / 2; y++)
      for (let x = 32 - side / 2; x < 32 + side / 2; x++) logits[y * SIZE + x] = logit;
  return logits;
}

const boundsOf = (logits: Float32Array): number[] => {
  const { left, top, width, height } = maskThatFitsBox(logits, SIZE, crop, picture, box);
  return [left, top, width, height];
};

test("[S5a] a mask that fits the box is left as it is, whatever else the network half believes", () => {
  // 32 x 32 in 40 x 40: 0.64.
  expect(boundsOf(squares([32, 3], [40, -0.2]))).toEqual([16, 16, 32, 32]);
});

test("[S5a] a mask that is much smaller than the box grows to what the network holds likeliest", () => {
  expect(boundsOf(squares([10, 3], [40, -1.2]))).toEqual([12, 12, 40, 40]);
  expect(boundsOf(squares([40, -0.4]))).toEqual([12, 12, 40, 40]);
});

test("[S5a] it grows no farther than the box, and not at all where the network is sure", () => {
  // The surroundings would fit worse than the part does.
  expect(boundsOf(squares([30, 3], [64, -2.2]))).toEqual([17, 17, 30, 30]);
  expect(boundsOf(squares([10, 3], [40, -5]))).toEqual([27, 27, 10, 10]);
  expect(boundsOf(squares([40, -5]))).toEqual([0, 0, 0, 0]);
});
