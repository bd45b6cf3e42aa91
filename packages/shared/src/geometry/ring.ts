import type { Box } from "./box.ts";
import { distanceToSegment, type Point } from "./point.ts";

/** A closed outline as x, y, x, y, ...; the last point is joined to the first and does not repeat it. */
export type Ring = readonly number[];

/** The shoelace area, positive when the ring turns clockwise on the screen (y down). */
export function signedRingArea(ring: Ring): number {
  let sum = 0;
  forEachEdge(ring, (ax, ay, bx, by) => {
    sum += ax * by - bx * ay;
  });
  return sum / 2;
}

export function ringBounds(ring: Ring): Box | undefined {
  return ringsBounds([ring]);
}

export function ringsBounds(rings: readonly Ring[]): Box | undefined {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const x = ring[i] ?? 0;
      const y = ring[i + 1] ?? 0;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < left) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * Is the point inside by the even-odd rule? A point on a left or top edge is inside, on a right or bottom edge
 * outside, as with pixel centres in raster/fill.ts.
 */
export function ringContains(ring: Ring, point: Point): boolean {
  let inside = false;
  forEachEdge(ring, (ax, ay, bx, by) => {
    if (ay <= point.y === by <= point.y) return;
    if (point.x >= ax + ((point.y - ay) / (by - ay)) * (bx - ax)) inside = !inside;
  });
  return inside;
}

/** Inside any of the rings: several rings of one polygon are united, as in COCO. */
export function ringsContain(rings: readonly Ring[], point: Point): boolean {
  return rings.some((ring) => ringContains(ring, point));
}

/** Distance to the nearest edge, 0 on the outline, Infinity without points. */
export function distanceToRing(ring: Ring, point: Point): number {
  let nearest = Infinity;
  forEachEdge(ring, (ax, ay, bx, by) => {
    nearest = Math.min(nearest, distanceToSegment(point, { x: ax, y: ay }, { x: bx, y: by }));
  });
  return nearest;
}

export function forEachEdge(
  ring: Ring,
  visit: (ax: number, ay: number, bx: number, by: number) => void,
): void {
  const count = ring.length >> 1;
  if (count === 0) return;
  let ax = ring[2 * count - 2] ?? 0;
  let ay = ring[2 * count - 1] ?? 0;
  for (let i = 0; i < count; i++) {
    const bx = ring[2 * i] ?? 0;
    const by = ring[2 * i + 1] ?? 0;
    visit(ax, ay, bx, by);
    ax = bx;
    ay = by;
  }
}

/** Without the closing point and points that repeat the one before them. */
export function dropRepeatedPoints(ring: Ring): number[] {
  const kept: number[] = [];
  for (let i = 0; i + 1 < ring.length; i += 2) {
    const x = ring[i] ?? 0;
    const y = ring[i + 1] ?? 0;
    if (kept.length > 0 && kept.at(-2) === x && kept.at(-1) === y) continue;
    kept.push(x, y);
  }
  while (kept.length > 2 && kept[0] === kept.at(-2) && kept[1] === kept.at(-1)) kept.splice(-2);
  return kept;
}

export function translateRing(ring: Ring, dx: number, dy: number): number[] {
  return ring.map((value, i) => value + (i % 2 === 0 ? dx : dy));
}
