import {
  type Bitmask,
  bitmaskArea,
  bitmaskBounds,
  bitmaskFromRle,
  isBitSet,
  traceContours,
} from "@limn/shared/raster";
import { expect } from "vitest";
import { type CaseObject, readCaseFile, readMaskPicture } from "./case-files.ts";
import { type CocoFile, type Outcome, pixelsOf, type SeenObject } from "./run-case.ts";

type Numbers = readonly number[];

/** What is looked at, and the mask in its other spelling. */
const KNOWN_KEYS = new Set(
  (
    "image class geometry area area_tol bbox bbox_tol polygon_bbox " +
    "mask_png mask_rle min_iou parts holes vertices iscrowd"
  ).split(" "),
);

/** Each expected object has one of its own among those seen. */
export async function checkObjects(
  outcome: Outcome,
  expected: readonly CaseObject[],
  seen: readonly SeenObject[] = outcome.objects,
): Promise<void> {
  const left = [...seen];
  for (const object of expected) {
    const mask =
      object.mask_png === undefined
        ? null
        : await readMaskPicture(readCaseFile(outcome.theCase.id, object.mask_png));
    const found = takeNearest(left, object, mask);
    expect(
      Object.keys(object).filter((key) => !KNOWN_KEYS.has(key)),
      "unknown keys",
    ).toEqual([]);
    expect(found, `an object of ${object.class} on ${object.image}`).toBeDefined();
    if (found !== undefined) await checkObject(outcome, object, mask, found);
  }
}

function takeNearest(
  left: SeenObject[],
  object: CaseObject,
  mask: Bitmask | null,
): SeenObject | undefined {
  const distance = ({ annotation, mask: pixels }: SeenObject): number =>
    mask === null ? difference(annotation.bbox, object.bbox ?? []) : 1 - overlapOf(pixels, mask);
  const nearest = left
    .filter((seen) => sameName(seen.image, object.image) && sameName(seen.class, object.class))
    .toSorted((a, b) => distance(a) - distance(b))[0];
  if (nearest !== undefined) left.splice(left.indexOf(nearest), 1);
  return nearest;
}

async function checkObject(
  outcome: Outcome,
  object: CaseObject,
  mask: Bitmask | null,
  { annotation, mask: pixels }: SeenObject,
): Promise<void> {
  if (mask !== null) {
    const overlap = overlapOf(pixels, mask);
    if (object.min_iou === undefined) expect(overlap, "pixels of the mask").toBe(1);
    else expect(overlap, "overlap with the mask").toBeGreaterThanOrEqual(object.min_iou);
  }
  if (object.area !== undefined)
    expect(Math.abs(annotation.area - object.area), "area").toBeLessThanOrEqual(
      object.area_tol ?? 0,
    );
  if (object.bbox !== undefined) {
    // Of a polygon the box of its vertices or of its pixels; the case says both where they differ by more than a pixel.
    const bounds = bitmaskBounds(pixels);
    const ofPixels =
      bounds === undefined
        ? []
        : [bounds.left, bounds.top, bounds.right - bounds.left, bounds.bottom - bounds.top];
    const tolerance = object.bbox_tol ?? (object.min_iou === undefined ? 0 : 1);
    const best = Math.min(
      difference(annotation.bbox, object.bbox),
      difference(ofPixels, object.bbox),
      difference(annotation.bbox, object.polygon_bbox ?? []) - 0.01,
    );
    expect(best, "box").toBeLessThanOrEqual(tolerance);
  }
  if (object.geometry !== undefined) expect(annotation.shape).toBe(object.geometry);
  if (object.parts !== undefined) expect(annotation.rings, "parts").toHaveLength(object.parts);
  if (object.holes !== undefined) {
    const holes = traceContours(pixels).reduce((sum, contour) => sum + contour.holes.length, 0);
    expect(holes, "holes").toBe(object.holes);
  }
  if (object.vertices !== undefined)
    expect(annotation.rings?.[0], "vertices").toHaveLength(object.vertices * 2);
  if (object.iscrowd !== undefined) {
    const same = (await outcome.exported()).annotations.filter(
      ({ area }) => area === annotation.area,
    );
    expect(same.map(({ iscrowd }) => iscrowd)).toContain(object.iscrowd);
  }
}

/** Compared as people read them, however their letters are composed. */
function sameName(a: string, b: string): boolean {
  return a.normalize("NFC") === b.normalize("NFC");
}

/** The largest difference of two lists; infinite when their lengths differ. */
export function difference(a: Numbers, b: Numbers): number {
  if (a.length !== b.length) return Infinity;
  return Math.max(0, ...a.map((value, i) => Math.abs(value - (b[i] ?? Infinity))));
}

/** Intersection over union. */
export function overlapOf(a: Bitmask, b: Bitmask): number {
  let both = 0;
  for (let y = a.top; y < a.top + a.height; y++)
    for (let x = a.left; x < a.left + a.width; x++)
      if (isBitSet(a, x, y) && isBitSet(b, x, y)) both++;
  return both / (bitmaskArea(a) + bitmaskArea(b) - both);
}

/** The pixels of what was exported. */
export function exportedPixels(file: CocoFile, index: number): Bitmask {
  const annotation = file.annotations[index];
  const image = file.images.find(({ id }) => id === annotation?.image_id);
  if (annotation === undefined || image === undefined)
    throw new Error(`There is no annotation ${index} or it has no image.`);
  const { segmentation, bbox } = annotation;
  if (!Array.isArray(segmentation)) return bitmaskFromRle(segmentation);
  return pixelsOf(segmentation.length === 0 ? { bbox } : { rings: segmentation, bbox }, image);
}
