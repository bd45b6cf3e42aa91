import { clicksTo, type Truth } from "@limn/shared/learn";
import { type Bitmask, bitmaskBounds, createBitmask, isBitSet } from "@limn/shared/raster";
import { describe, expect, test } from "vitest";
import { createPolygonBaseline } from "./polygon.ts";

const PICTURE = { left: 0, top: 0, right: 60, bottom: 40 };

function rectangle(left: number, top: number, right: number, bottom: number): Bitmask {
  const mask = createBitmask(PICTURE);
  for (let y = top; y < bottom; y++) mask.data.fill(1, y * 60 + left, y * 60 + right);
  return mask;
}

function truthOf(object: Bitmask): Truth {
  return { object, ignored: createBitmask(PICTURE), bounds: bitmaskBounds(object) ?? PICTURE };
}

describe("[E6] the polygon baseline", () => {
  test("a rectangle needs four corners", () => {
    const trace = createPolygonBaseline().measure(truthOf(rectangle(10, 10, 30, 20)));
    expect(clicksTo(trace, 0.9, "clicks")).toBe(4);
    expect(trace.overlaps[3]).toBe(1);
  });

  test("a hole costs its corners too", () => {
    const ring = rectangle(5, 5, 45, 35);
    for (let y = 12; y < 28; y++) ring.data.fill(0, y * 60 + 15, y * 60 + 35);
    const trace = createPolygonBaseline().measure(truthOf(ring));
    expect(isBitSet(ring, 20, 20)).toBe(false);
    expect(clicksTo(trace, 0.9, "clicks")).toBe(8);
  });
});
