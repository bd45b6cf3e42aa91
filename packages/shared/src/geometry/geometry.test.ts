import { describe, expect, test } from "vitest";
import {
  boxBetween,
  boxContains,
  boxesIntersect,
  boxToRing,
  clipBox,
  distanceToRing,
  distanceToSegment,
  dropRepeatedPoints,
  expandBox,
  fitBox,
  imageToScreen,
  panBy,
  ringBounds,
  ringContains,
  ringsBounds,
  ringsContain,
  screenToImage,
  signedRingArea,
  simplifyRing,
  simplifyRings,
  translateRing,
  uniteBoxes,
  zoomAbout,
} from "./index.ts";

const SQUARE = [10, 10, 20, 10, 20, 20, 10, 20];

describe("rings", () => {
  test("[G1] clockwise on the screen is positive", () => {
    expect(signedRingArea(SQUARE)).toBe(100);
    expect(signedRingArea([10, 10, 10, 20, 20, 20, 20, 10])).toBe(-100);
    expect(signedRingArea([])).toBe(0);
  });

  test("[G2] left and top edges are inside, right and bottom ones outside", () => {
    const at = (x: number, y: number): boolean => ringContains(SQUARE, { x, y });
    expect([at(10, 10), at(15, 10), at(10, 19.9)]).toEqual([true, true, true]);
    expect([at(20, 15), at(15, 20), at(9.9, 15)]).toEqual([false, false, false]);
    expect(ringsContain([SQUARE, translateRing(SQUARE, 5, 5)], { x: 24, y: 24 })).toBe(true);
    expect(ringsContain([SQUARE, translateRing(SQUARE, 5, 5)], { x: 17, y: 17 })).toBe(true);
  });

  test("bounds and distances", () => {
    expect(ringBounds(SQUARE)).toEqual({ x: 10, y: 10, width: 10, height: 10 });
    expect(ringsBounds([SQUARE, [0, 0, 1, 1]])).toEqual({ x: 0, y: 0, width: 20, height: 20 });
    expect(ringsBounds([[]])).toBeUndefined();
    expect(distanceToRing(SQUARE, { x: 15, y: 13 })).toBe(3);
    expect(distanceToRing(SQUARE, { x: 23, y: 24 })).toBe(5);
    expect(distanceToSegment({ x: 0, y: 5 }, { x: 3, y: 1 }, { x: 3, y: 1 })).toBe(5);
  });

  test("the closing point and repeated ones are no vertices", () => {
    expect(dropRepeatedPoints([...SQUARE, 10, 10])).toEqual(SQUARE);
    expect(dropRepeatedPoints([1, 1, 1, 1, 2, 2, 2, 2, 3, 1, 1, 1])).toEqual([1, 1, 2, 2, 3, 1]);
    expect(dropRepeatedPoints([4, 4, 4, 4])).toEqual([4, 4]);
  });
});

describe("boxes", () => {
  const box = { x: 2, y: 3, width: 4, height: 5 };
  test("corners in any order, expanding, uniting, clipping", () => {
    expect(boxBetween({ x: 6, y: 3 }, { x: 2, y: 8 })).toEqual(box);
    expect(expandBox(box, 1)).toEqual({ x: 1, y: 2, width: 6, height: 7 });
    expect(uniteBoxes(box, { x: 0, y: 5, width: 1, height: 9 })).toEqual({
      x: 0,
      y: 3,
      width: 6,
      height: 11,
    });
    expect(clipBox(box, { width: 4, height: 100 })).toEqual({ x: 2, y: 3, width: 2, height: 5 });
    expect(clipBox(box, { width: 2, height: 2 })).toBeUndefined();
    expect(boxToRing(box)).toEqual([2, 3, 6, 3, 6, 8, 2, 8]);
  });
  test("touching boxes intersect", () => {
    expect(boxesIntersect(box, { x: 6, y: 8, width: 1, height: 1 })).toBe(true);
    expect(boxesIntersect(box, { x: 6.1, y: 8, width: 1, height: 1 })).toBe(false);
    expect(boxContains(box, { x: 6, y: 8 })).toBe(true);
    expect(boxContains(box, { x: 6, y: 8.01 })).toBe(false);
  });
});

describe("the view", () => {
  const view = { scale: 2, offsetX: 30, offsetY: -10 };
  test("[G3] there and back", () => {
    const screen = imageToScreen(view, { x: 7, y: 9 });
    expect(screen).toEqual({ x: 44, y: 8 });
    expect(screenToImage(view, screen)).toEqual({ x: 7, y: 9 });
  });
  test("[G3] zooming leaves what is under the pointer where it is", () => {
    const anchor = { x: 100, y: 50 };
    const before = screenToImage(view, anchor);
    const zoomed = zoomAbout(view, anchor, 5);
    expect(zoomed.scale).toBe(5);
    expect(screenToImage(zoomed, anchor)).toEqual(before);
    expect(panBy(view, { x: 3, y: 4 })).toEqual({ scale: 2, offsetX: 33, offsetY: -6 });
  });
  test("fitting shows the whole box, centred", () => {
    const fit = fitBox({ x: 10, y: 20, width: 100, height: 50 }, { width: 240, height: 240 }, 20);
    expect(fit.scale).toBe(2);
    expect(imageToScreen(fit, { x: 60, y: 45 })).toEqual({ x: 120, y: 120 });
    const small = fitBox({ x: 0, y: 0, width: 2, height: 2 }, { width: 100, height: 100 }, 0, 8);
    expect(small.scale).toBe(8);
  });
});

describe("simplifying", () => {
  test("[G4] points on straight stretches go, corners stay", () => {
    const stairs = [0, 0, 5, 0, 10, 0, 10, 5, 10, 10, 5, 10, 0, 10, 0, 5];
    expect(simplifyRing(stairs, 0.5)).toEqual([0, 0, 10, 0, 10, 10, 0, 10]);
    expect(simplifyRing([0, 0, 10, 0, 5, 9], 100)).toEqual([0, 0, 10, 0, 5, 9]);
  });

  test("[G4] no point is farther away than the tolerance", () => {
    const circle = Array.from({ length: 400 }, (_value, i) =>
      i % 2 === 0
        ? 100 + 80 * Math.cos((i * Math.PI) / 200)
        : 100 + 80 * Math.sin(((i - 1) * Math.PI) / 200),
    );
    const simple = simplifyRing(circle, 1);
    expect(simple.length).toBeLessThan(70);
    for (let i = 0; i < circle.length; i += 2) {
      const away = distanceToRing(simple, { x: circle[i] ?? 0, y: circle[i + 1] ?? 0 });
      expect(away).toBeLessThanOrEqual(1);
    }
  });

  test("[G5] a thin bay keeps its shape where a shortcut would cross the other shore", () => {
    // The inner ring stands in the bay and reaches out of it: the straight shore would cut through.
    const outer = [0, 0, 40, 0, 40, 30, 24, 30, 20, 26, 16, 30, 0, 30];
    const inner = [19.5, 28, 20.5, 28, 20, 33];
    const [kept] = simplifyRings([outer, inner], 6);
    expect(simplifyRings([outer], 6)[0]).toEqual([0, 0, 40, 0, 40, 30, 0, 30]);
    expect(kept).toContain(26);
  });

  test("a ring that would collapse comes back whole", () => {
    const sliver = [0, 0, 50, 0.1, 100, 0, 50, 0.2, 25, 0.15];
    expect(simplifyRing(sliver, 5)).toEqual(sliver);
  });
});
