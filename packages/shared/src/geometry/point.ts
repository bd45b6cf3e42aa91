declare const space: unique symbol;

/** Image pixels: x right, y down, the origin at the outer corner of the first pixel, which spans 0..1. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point that is known to be in image pixels; a ScreenPoint does not fit where one is asked for. */
export type ImagePoint = Point & { readonly [space]?: "image" };

/** A point in CSS pixels, relative to the corner of the canvas. */
export type ScreenPoint = Point & { readonly [space]?: "screen" };

export function distanceBetween(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

export function distanceToSegment(point: Point, a: Point, b: Point): number {
  return distanceBetween(point, nearestOnSegment(point, a, b));
}

export function nearestOnSegment(point: Point, a: Point, b: Point): Point {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const lengthSquared = dx * dx + dy * dy;
  if (lengthSquared === 0) return a;
  const along = ((point.x - a.x) * dx + (point.y - a.y) * dy) / lengthSquared;
  const t = Math.min(1, Math.max(0, along));
  return { x: a.x + t * dx, y: a.y + t * dy };
}
