import {
  type Box,
  boxContains,
  boxToRing,
  distanceToRing,
  type Point,
  type Ring,
  ringsBounds,
  ringsContain,
} from "../geometry/index.ts";
import { isPixelSet, type TileMask } from "../raster/index.ts";
import type { Annotation } from "./schema.ts";

/** Bounds of what is stored as a value; undefined for masks and for geometry that cannot be read. */
export function valueBounds(annotation: Annotation): Box | undefined {
  if (annotation.shape === "box") return annotation.box;
  if (annotation.shape === "polygon") return ringsBounds(annotation.rings ?? []);
  return undefined;
}

/** Does the point lie on the object, or within `tolerance` image pixels of it? */
export function isHit(
  annotation: Annotation,
  point: Point,
  tolerance: number,
  maskOf: () => TileMask,
): boolean {
  switch (annotation.shape) {
    case "mask":
      return isMaskNear(maskOf(), point, tolerance);
    case "box":
      if (annotation.box === undefined) return false;
      return (
        boxContains(annotation.box, point) ||
        distanceToRing(boxToRing(annotation.box), point) <= tolerance
      );
    case "polygon":
      return isNearRings(annotation.rings ?? [], point, tolerance);
    default:
      return annotation.shape satisfies never;
  }
}

function isNearRings(rings: readonly Ring[], point: Point, tolerance: number): boolean {
  return (
    ringsContain(rings, point) || rings.some((ring) => distanceToRing(ring, point) <= tolerance)
  );
}

/** Is a set pixel within the distance? Looks at the pixel under the point first, then around it. */
function isMaskNear(mask: TileMask, point: Point, tolerance: number): boolean {
  if (isPixelSet(mask, Math.floor(point.x), Math.floor(point.y))) return true;
  if (tolerance <= 0) return false;
  const top = Math.max(0, Math.floor(point.y - tolerance));
  const bottom = Math.min(mask.height - 1, Math.floor(point.y + tolerance));
  const left = Math.max(0, Math.floor(point.x - tolerance));
  const right = Math.min(mask.width - 1, Math.floor(point.x + tolerance));
  const limit = tolerance * tolerance;
  for (let y = top; y <= bottom; y++) {
    const dy = Math.max(y - point.y, 0, point.y - y - 1);
    for (let x = left; x <= right; x++) {
      const dx = Math.max(x - point.x, 0, point.x - x - 1);
      if (dx * dx + dy * dy <= limit && isPixelSet(mask, x, y)) return true;
    }
  }
  return false;
}
