import { type Ring, signedRingArea, simplifyRings } from "@limn/shared/geometry";
import { bitmaskArea, contourRings, fillRings, traceContours } from "@limn/shared/raster";
import { overlap, type Truth } from "@limn/shared/learn";
import type { Baseline } from "./predictor.ts";

/** Tolerances, of the square root of the object's area, from coarse to fine, and how many steps between. */
const COARSEST = 0.5;
const FINEST = 0.003;
const STEPS = 48;
/** Parts and holes with less area than this many squares of the tolerance are not drawn yet. */
const SMALL_RING = 4;

/**
 * The polygon that somebody would draw who never misses and always picks the best corners: the object's true outline,
 * simplified (D. Douglas, T. Peucker, 1973) with a falling tolerance. One click a corner, all parts and holes counted.
 */
export function createPolygonBaseline(): Baseline {
  return {
    model: "polygon",
    measure(truth) {
      const began = performance.now();
      const best: number[] = [];
      for (const { corners, iou } of polygonsOf(truth))
        best[corners] = Math.max(best[corners] ?? 0, iou);
      const overlaps: number[] = [];
      let reached = 0;
      for (let corners = 1; corners < best.length; corners++) {
        reached = Math.max(reached, best[corners] ?? 0);
        overlaps.push(reached);
      }
      return {
        overlaps,
        times: [performance.now() - began],
        farChanges: [],
        obeyed: 0,
        asked: 0,
      };
    },
  };
}

/** The object's outline at falling tolerances, at the end corner by corner of its pixels, which is exact. */
function* polygonsOf(truth: Truth): Generator<{ corners: number; iou: number }> {
  const { width, height } = truth.object;
  const area = bitmaskArea(truth.object);
  const outline = contourRings(traceContours(truth.object));
  const areas = outline.map((ring) => Math.abs(signedRingArea(ring)));
  const picture = { left: 0, top: 0, right: width, bottom: height };
  const judge = (drawn: readonly Ring[]): { corners: number; iou: number } => ({
    corners: drawn.reduce((count, ring) => count + ring.length / 2, 0),
    iou: overlap(fillRings(drawn, "even-odd", picture), truth),
  });
  for (let step = 0; step < STEPS; step++) {
    const tolerance = Math.sqrt(area) * COARSEST * (FINEST / COARSEST) ** (step / (STEPS - 1));
    const rings = outline.filter((_ring, i) => (areas[i] ?? 0) >= SMALL_RING * tolerance ** 2);
    // A ring that would collapse at this tolerance comes back whole: nobody would draw that.
    const simple = simplifyRings(rings, tolerance).filter(
      (ring, i) => ring.length <= 8 || ring.length < (rings[i]?.length ?? 0),
    );
    const polygon = judge(simple);
    yield polygon;
    if (polygon.iou > 0.97) return;
  }
  yield judge(outline);
}
