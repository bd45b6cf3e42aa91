import type { Annotation } from "@limn/shared/document";
import { boxToRing, nearestOnSegment, type ImagePoint, type Ring } from "@limn/shared/geometry";

export interface VertexHit {
  readonly ring: number;
  readonly index: number;
  /** On an edge: a vertex would be put in before `index`. */
  readonly insert: boolean;
}

/** An edge is hit from closer by than a vertex, in shares of the reach. */
const EDGE_REACH = 0.75;

/** Rings whose vertices can be dragged: of a polygon its rings, of a box its corners. */
export function handleRings(annotation: Annotation | undefined): readonly Ring[] {
  if (annotation?.shape === "polygon") return annotation.rings ?? [];
  if (annotation?.shape === "box" && annotation.box) return [boxToRing(annotation.box)];
  return [];
}

/** The nearest vertex within `reach` image pixels; where there is none, the nearest edge of a polygon. */
export function vertexAt(
  annotation: Annotation | undefined,
  at: ImagePoint,
  reach: number,
): VertexHit | undefined {
  const rings = handleRings(annotation);
  let best: VertexHit | undefined;
  let nearest = reach;
  rings.forEach((points, ring) => {
    for (let i = 0; i < points.length; i += 2) {
      const distance = Math.hypot((points[i] ?? 0) - at.x, (points[i + 1] ?? 0) - at.y);
      if (distance <= nearest) {
        nearest = distance;
        best = { ring, index: i / 2, insert: false };
      }
    }
  });
  if (best || annotation?.shape !== "polygon") return best;
  nearest = reach * EDGE_REACH;
  rings.forEach((points, ring) => {
    for (let i = 0; i < points.length; i += 2) {
      const j = (i + 2) % points.length;
      const spot = nearestOnSegment(
        at,
        { x: points[i] ?? 0, y: points[i + 1] ?? 0 },
        { x: points[j] ?? 0, y: points[j + 1] ?? 0 },
      );
      const distance = Math.hypot(spot.x - at.x, spot.y - at.y);
      if (distance <= nearest) {
        nearest = distance;
        best = { ring, index: i / 2 + 1, insert: true };
      }
    }
  });
  return best;
}
