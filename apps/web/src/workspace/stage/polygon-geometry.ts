import type { Ring } from "@limn/shared/geometry";
import { earcut } from "pixi.js";

export interface PolygonGeometry {
  /** x, y of three corners per triangle. */
  readonly triangles: Float32Array;
  /** x0, y0, x1, y1 per side. */
  readonly segments: Float32Array;
}

/** Rings of one object, each filled by itself: COCO unites rings and knows no holes in polygons. */
export function measurePolygonGeometry(rings: readonly Ring[]): PolygonGeometry {
  const triangles: number[] = [];
  const segments: number[] = [];
  for (const ring of rings) {
    const flat = [...ring];
    for (const corner of earcut(flat))
      triangles.push(flat[2 * corner] ?? 0, flat[2 * corner + 1] ?? 0);
    for (let i = 0; i < flat.length; i += 2) {
      const j = (i + 2) % flat.length;
      segments.push(flat[i] ?? 0, flat[i + 1] ?? 0, flat[j] ?? 0, flat[j + 1] ?? 0);
    }
  }
  return { triangles: Float32Array.from(triangles), segments: Float32Array.from(segments) };
}
