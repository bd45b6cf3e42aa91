import {
  type Bitmask,
  type BrushMode,
  encodeBrush,
  encodeRegionOperations,
  type MaskDifference,
  MAX_RADIUS_QUARTERS,
  type OperationRef,
  QUARTERS_PER_PIXEL,
} from "../raster/index.ts";
import type { AuthorNumber } from "./schema.ts";

/** Points of one operation. A longer stroke is committed in such chunks while it is drawn. */
export const STROKE_CHUNK_POINTS = 64;

export interface Stroke {
  readonly mode: BrushMode;
  /** Image pixels, up to 512. */
  readonly radius: number;
  /** x, y, x, y, ... in image pixels; one point makes a dot. */
  readonly points: readonly number[];
}

/**
 * A stroke as operations of at most 64 points; each goes on from the last point of the one before. Whoever commits a
 * stroke while it is drawn passes the last point of the chunk before as the first of the next.
 */
export function brushOperations(author: AuthorNumber, stroke: Stroke): Uint8Array[] {
  const radius = Math.min(
    MAX_RADIUS_QUARTERS,
    Math.max(1, Math.round(stroke.radius * QUARTERS_PER_PIXEL)),
  );
  const points = quarterPoints(stroke.points);
  const operations: Uint8Array[] = [];
  const step = (STROKE_CHUNK_POINTS - 1) * 2;
  for (let at = 0; at === 0 || at + 2 < points.length; at += step) {
    const chunk = points.slice(at, at + STROKE_CHUNK_POINTS * 2);
    if (chunk.length < 2) break;
    operations.push(encodeBrush(nextRef(author), { mode: stroke.mode, radius, points: chunk }));
  }
  return operations;
}

/** Rounded to quarter pixels, without points that fall on the one before. */
function quarterPoints(points: readonly number[]): number[] {
  const quarters: number[] = [];
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = Math.round((points[i] ?? 0) * QUARTERS_PER_PIXEL);
    const y = Math.round((points[i + 1] ?? 0) * QUARTERS_PER_PIXEL);
    if (quarters.length > 0 && quarters.at(-2) === x && quarters.at(-1) === y) continue;
    quarters.push(x, y);
  }
  return quarters;
}

/** What is added and what is removed, as region operations. */
export function regionOperations(author: AuthorNumber, difference: MaskDifference): Uint8Array[] {
  const next = () => nextRef(author);
  return [
    ...(difference.removed ? encodeRegionOperations(next, "remove", difference.removed) : []),
    ...(difference.added ? encodeRegionOperations(next, "add", difference.added) : []),
  ];
}

/** A new mask's first operations: nothing but its pixels. */
export function maskOperations(author: AuthorNumber, mask: Bitmask): Uint8Array[] {
  return encodeRegionOperations(() => nextRef(author), "add", mask);
}

export function nextRef(author: AuthorNumber): OperationRef {
  return { author: author.author, counter: author.nextCounter() };
}
