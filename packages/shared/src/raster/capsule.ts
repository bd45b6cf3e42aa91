import type { PixelBox } from "./pixel-box.ts";

/** Pixels x0..x1-1 of row y get the value: 1 set, 0 clear. */
export type PaintSpan = (y: number, x0: number, x1: number, value: 0 | 1) => void;

/**
 * Is the point within the distance whose square is `radiusSquared` of the segment a-b? All arguments are whole
 * quarter pixels within the limits of operation.ts, so every product is exact and all machines agree.
 */
export function isNearSegment(
  px: number,
  py: number,
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radiusSquared: number,
): boolean {
  const dx = bx - ax;
  const dy = by - ay;
  const ex = px - ax;
  const ey = py - ay;
  const lengthSquared = dx * dx + dy * dy;
  const along = ex * dx + ey * dy;
  if (along <= 0) return ex * ex + ey * ey <= radiusSquared;
  if (along >= lengthSquared) {
    const fx = px - bx;
    const fy = py - by;
    return fx * fx + fy * fy <= radiusSquared;
  }
  const across = ex * dy - ey * dx;
  return across * across <= radiusSquared * lengthSquared;
}

/**
 * Paints the pixels whose centre is within `radius` of the segment a-b (quarter pixels), cut to the clip box. A row of
 * a capsule is one interval: floating point guesses its ends, and the exact test then decides every pixel near them.
 */
export function paintCapsule(
  ax: number,
  ay: number,
  bx: number,
  by: number,
  radius: number,
  clip: PixelBox,
  span: PaintSpan,
  value: 0 | 1,
): void {
  const radiusSquared = radius * radius;
  const top = Math.max(clip.top, Math.floor((Math.min(ay, by) - radius) / 4));
  const bottom = Math.min(clip.bottom, Math.ceil((Math.max(ay, by) + radius) / 4) + 1);
  const dx = bx - ax;
  const dy = by - ay;
  const length = Math.sqrt(dx * dx + dy * dy);
  // Corner offsets of the rectangle between the two discs.
  const sideX = length > 0 ? (radius * dy) / length : 0;
  const sideY = length > 0 ? (radius * dx) / length : 0;
  for (let y = top; y < bottom; y++) {
    const py = 4 * y + 2;
    let low = Infinity;
    let high = -Infinity;
    const underA = radiusSquared - (py - ay) * (py - ay);
    if (underA >= 0) {
      const half = Math.sqrt(underA);
      low = ax - half;
      high = ax + half;
    }
    const underB = radiusSquared - (py - by) * (py - by);
    if (underB >= 0) {
      const half = Math.sqrt(underB);
      low = Math.min(low, bx - half);
      high = Math.max(high, bx + half);
    }
    if (dy !== 0) {
      for (let sign = -1; sign <= 1; sign += 2) {
        const along = (py - (ay - sign * sideY)) / dy;
        if (along >= 0 && along <= 1) {
          const x = ax + sign * sideX + along * dx;
          low = Math.min(low, x);
          high = Math.max(high, x);
        }
      }
    }
    if (low > high) continue;
    let first = Math.floor((low - 2) / 4) - 1;
    let last = Math.ceil((high - 2) / 4) + 1;
    while (first <= last && !isNearSegment(4 * first + 2, py, ax, ay, bx, by, radiusSquared))
      first++;
    while (last >= first && !isNearSegment(4 * last + 2, py, ax, ay, bx, by, radiusSquared)) last--;
    const x0 = Math.max(first, clip.left);
    const x1 = Math.min(last + 1, clip.right);
    if (x0 < x1) span(y, x0, x1, value);
  }
}
