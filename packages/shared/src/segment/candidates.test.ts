import { expect, test } from "vitest";
import { createBitmask } from "../raster/index.ts";
import { distinctCandidates } from "./candidates.ts";

function rectangle(left: number, top: number, right: number, bottom: number, score = 0.5) {
  const mask = createBitmask({ left, top, right, bottom });
  mask.data.fill(1);
  return { mask, score };
}

test("[MO13] of candidates that look the same the first is kept, and none that is empty", () => {
  const first = rectangle(10, 10, 110, 110);
  const nearly = rectangle(10, 10, 110, 111);
  const smaller = rectangle(10, 10, 110, 107);
  const elsewhere = rectangle(300, 10, 320, 20);
  const empty = { mask: createBitmask({ left: 0, top: 0, right: 50, bottom: 50 }), score: 1 };
  expect(distinctCandidates([first, nearly, empty, smaller, elsewhere, smaller])).toEqual([
    first,
    smaller,
    elsewhere,
  ]);
  // Cropped otherwise they are still the same.
  const loose = createBitmask({ left: 0, top: 0, right: 200, bottom: 200 });
  for (let y = 10; y < 110; y++) loose.data.fill(1, y * 200 + 10, y * 200 + 110);
  expect(distinctCandidates([first, { mask: loose, score: 0.4 }])).toEqual([first]);
});
