import { expect, test } from "vitest";
import { type Bitmask, createBitmask, forEachRun } from "./bitmask.ts";

const runsOf = (mask: Bitmask): number[][] => {
  const runs: number[][] = [];
  forEachRun(mask, (y, x0, x1) => runs.push([y, x0, x1]));
  return runs;
};

function paint(rows: readonly string[], left: number, top: number): Bitmask {
  const mask = createBitmask({
    left,
    top,
    right: left + (rows[0]?.length ?? 0),
    bottom: top + rows.length,
  });
  rows
    .join("")
    .split("")
    .forEach((sign, i) => {
      if (sign === "#") mask.data[i] = 1;
    });
  return mask;
}

test("runs come row by row in image coordinates; a run ends with its row, empty rows give none", () => {
  expect(
    runsOf(paint(["....", "..##", "##..", "....", "####", "####", "#..#", "...."], 10, 5)),
  ).toEqual([
    [6, 12, 14],
    [7, 10, 12],
    [9, 10, 14],
    [10, 10, 14],
    [11, 10, 11],
    [11, 13, 14],
  ]);
});

test("an empty rectangle and a rectangle of no pixels have no runs", () => {
  expect(runsOf(paint(["...", "..."], 0, 0))).toEqual([]);
  expect(runsOf(createBitmask({ left: 3, top: 3, right: 3, bottom: 9 }))).toEqual([]);
});
