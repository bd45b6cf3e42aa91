import { describe, expect, test } from "vitest";
import { signedRingArea, simplifyRings } from "../geometry/index.ts";
import { createSeededRandom, drawMask, readMask } from "../testing/index.ts";
import {
  bitmaskArea,
  bitmaskBox,
  componentBitmask,
  contourRings,
  countFilledPixels,
  differenceOf,
  fillRings,
  findComponents,
  intersectBitmasks,
  ringsPixelBox,
  subtractBitmask,
  traceContours,
  uniteBitmasks,
} from "./index.ts";

function count(rings: number[][], rule: "even-odd" | "nonzero" | "union"): number {
  return countFilledPixels(rings, rule, BOX);
}

const BOX = { left: 0, top: 0, right: 40, bottom: 30 };

describe("filling outlines", () => {
  test("[S1] a pixel belongs to a polygon when its centre does", () => {
    const ring = [2.6, 2.6, 7.6, 2.6, 7.6, 7.6, 2.6, 7.6];
    const mask = fillRings([ring], "union", BOX);
    expect(bitmaskArea(mask)).toBe(25);
    expect(drawMask(mask, 10, 10).slice(2, 9)).toEqual([
      "..........",
      "...#####..",
      "...#####..",
      "...#####..",
      "...#####..",
      "...#####..",
      "..........",
    ]);
  });

  test("[S1] shapes that share an edge share no pixel and leave none out", () => {
    const left = [3, 2, 20.5, 2, 13.25, 25, 3, 25];
    const right = [20.5, 2, 37, 2, 37, 25, 13.25, 25];
    const whole = [3, 2, 37, 2, 37, 25, 3, 25];
    const areas = [left, right, whole].map((ring) => countFilledPixels([ring], "union", BOX));
    expect((areas[0] ?? 0) + (areas[1] ?? 0)).toBe(areas[2]);
    const both = intersectBitmasks(
      fillRings([left], "union", BOX),
      fillRings([right], "union", BOX),
    );
    expect(bitmaskArea(both)).toBe(0);
  });

  test("[S2] a ring that crosses itself has the area that it covers, whatever the shoelace says", () => {
    const bowTie = [5, 5, 25, 25, 25, 5, 5, 25];
    expect(signedRingArea(bowTie)).toBe(0);
    for (const rule of ["even-odd", "nonzero", "union"] as const) {
      expect(countFilledPixels([bowTie], rule, BOX)).toBe(200);
    }
  });

  test("[S2] rings of one polygon are united; the other rules see holes", () => {
    const outer = [2, 2, 12, 2, 12, 12, 2, 12];
    const inner = [5, 5, 9, 5, 9, 9, 5, 9];
    const reversed = [5, 5, 5, 9, 9, 9, 9, 5];
    expect(count([outer, inner], "union")).toBe(100);
    expect(count([outer, inner], "even-odd")).toBe(84);
    expect(count([outer, inner], "nonzero")).toBe(100);
    expect(count([outer, reversed], "nonzero")).toBe(84);
    expect(count([outer, [10, 10, 16, 10, 16, 16, 10, 16]], "union")).toBe(132);
  });

  test("[S3] what lies outside the box is cut off, points and lines cover nothing", () => {
    expect(countFilledPixels([[-9, -9, 60, -9, 60, 60, -9, 60]], "union", BOX)).toBe(1200);
    expect(countFilledPixels([[5, 28, 12, 28, 5, 28]], "union", BOX)).toBe(0);
    expect(ringsPixelBox([[-9, 3.2, 60, 4, 5, 9.1]], { width: 40, height: 30 })).toEqual({
      left: 0,
      top: 3,
      right: 40,
      bottom: 10,
    });
  });
});

describe("outlines of masks", () => {
  test("[C1] one pixel has four corners; a hole is a ring of its own, the other way round", () => {
    expect(traceContours(readMask(["#"], 7, 3))).toEqual([
      { outer: [7, 3, 8, 3, 8, 4, 7, 4], holes: [] },
    ]);
    const [ring] = traceContours(readMask(["###", "#.#", "###"]));
    expect(ring).toEqual({ outer: [0, 0, 3, 0, 3, 3, 0, 3], holes: [[1, 2, 2, 2, 2, 1, 1, 1]] });
    expect(signedRingArea(ring?.outer ?? [])).toBe(9);
    expect(signedRingArea(ring?.holes[0] ?? [])).toBe(-1);
  });

  test("[C1] pixels that touch at a corner are parts of their own", () => {
    expect(traceContours(readMask(["#.", ".#"])).map(({ outer }) => outer)).toEqual([
      [0, 0, 1, 0, 1, 1, 0, 1],
      [1, 1, 2, 1, 2, 2, 1, 2],
    ]);
  });

  test("[C2] an island in a hole is a part, not a hole of a hole", () => {
    const mask = readMask(["#####", "#...#", "#.#.#", "#...#", "#####"]);
    const contours = traceContours(mask);
    expect(contours.map(({ holes }) => holes.length)).toEqual([1, 0]);
    expect(contours[1]?.outer).toEqual([2, 2, 3, 2, 3, 3, 2, 3]);
  });

  test("[C3] filled again, any outline gives its mask bit for bit", () => {
    const seed = 99;
    console.info(`seed ${seed}`);
    const random = createSeededRandom(seed);
    for (let round = 0; round < 60; round++) {
      const width = 1 + random.integer(60);
      const height = 1 + random.integer(60);
      const density = 0.2 + 0.7 * random.next();
      const mask = {
        left: random.integer(50),
        top: random.integer(50),
        width,
        height,
        data: Uint8Array.from({ length: width * height }, () => (random.chance(density) ? 1 : 0)),
      };
      const contours = traceContours(mask);
      for (const { outer, holes } of contours) {
        expect(signedRingArea(outer)).toBeGreaterThan(0);
        for (const hole of holes) expect(signedRingArea(hole)).toBeLessThan(0);
      }
      for (const rule of ["even-odd", "nonzero"] as const) {
        expect(fillRings(contourRings(contours), rule, bitmaskBox(mask)).data).toEqual(mask.data);
      }
      expect(contours.length).toBe(findComponents(mask, 4).length);
    }
  });

  test("[C4] simplified outlines stay near, and do not cross", () => {
    const seed = 3;
    console.info(`seed ${seed}`);
    const random = createSeededRandom(seed);
    let pointsBefore = 0;
    let pointsAfter = 0;
    for (let round = 0; round < 20; round++) {
      const blob = fillRings([Array.from({ length: 16 }, () => random.integer(80))], "nonzero", {
        left: 0,
        top: 0,
        right: 80,
        bottom: 80,
      });
      const rings = contourRings(traceContours(blob));
      const simple = simplifyRings(rings, 1);
      const before = rings.reduce((sum, ring) => sum + ring.length, 0);
      const after = simple.reduce((sum, ring) => sum + ring.length, 0);
      pointsBefore += before;
      pointsAfter += after;
      const refilled = fillRings(simple, "even-odd", bitmaskBox(blob));
      // Without crossings both rules agree.
      expect(fillRings(simple, "nonzero", bitmaskBox(blob)).data).toEqual(refilled.data);
      const { added, removed } = differenceOf(blob, refilled);
      const wrong = (added ? bitmaskArea(added) : 0) + (removed ? bitmaskArea(removed) : 0);
      expect(wrong).toBeLessThan(before);
      expect(simplifyRings(rings, 0)).toEqual(rings);
    }
    expect(pointsAfter).toBeLessThan(pointsBefore * 0.5);
  });
});

describe("combining masks", () => {
  const a = readMask(["##.", "##.", "..."]);
  const b = readMask(["##", "##"], 1, 1);

  test("[M1] union, intersection, subtraction work between different rectangles", () => {
    expect(drawMask(uniteBitmasks(a, b), 3, 3)).toEqual(["##.", "###", ".##"]);
    expect(drawMask(intersectBitmasks(a, b), 3, 3)).toEqual(["...", ".#.", "..."]);
    expect(drawMask(subtractBitmask(a, b), 3, 3)).toEqual(["##.", "#..", "..."]);
  });

  test("[M2] a difference is what is added and what is removed, cropped", () => {
    const { added, removed } = differenceOf(a, b);
    expect(added && drawMask(added, 3, 3)).toEqual(["...", "..#", ".##"]);
    expect(removed && drawMask(removed, 3, 3)).toEqual(["##.", "#..", "..."]);
    expect(differenceOf(a, a)).toEqual({ added: undefined, removed: undefined });
  });

  test("[M3] components by edges or by corners", () => {
    const mask = readMask(["#.#", ".#.", "..#", "##."], 10, 20);
    expect(findComponents(mask, 4).map(({ area }) => area)).toEqual([1, 1, 1, 1, 2]);
    const joined = findComponents(mask, 8);
    expect(joined).toHaveLength(1);
    expect(joined[0]).toMatchObject({ area: 6, box: { left: 10, top: 20, right: 13, bottom: 24 } });
    expect(findComponents(readMask(["#.#", "#.#", "###"]), 4).map(({ area }) => area)).toEqual([7]);
    const [first] = findComponents(mask, 4);
    expect(first && componentBitmask(first)).toMatchObject({ left: 10, top: 20, width: 1 });
  });
});
