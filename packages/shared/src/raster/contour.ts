/**
 * The exact outline of a mask, along the edges of its pixels: filling the rings gives the same mask bit for bit. Each
 * ring is walked with the set pixels on its right hand; at a corner where two set pixels touch only diagonally the walk
 * turns towards its own pixel, so rings never cross (they may touch at such a corner).
 */
import type { Ring } from "../geometry/index.ts";
import { type Bitmask, bitmaskBox, isBitSet } from "./bitmask.ts";
import { labelRuns, type LabelledRun } from "./components.ts";

/** One part of a mask (pixels joined by edges) and what is cut out of it. Whole pixel corners. */
export interface Contour {
  /** Clockwise on the screen. */
  readonly outer: Ring;
  /** Counter-clockwise. */
  readonly holes: readonly Ring[];
}

/** In the order of their topmost, then leftmost pixel. */
export function traceContours(mask: Bitmask): Contour[] {
  const runs = labelRuns(mask, 4);
  const parts = new Map<number, { outer: Ring; holes: Ring[] }>();
  const walker = createWalker(mask);
  for (const run of runs) {
    for (const ring of walker.ringsFromTopEdges(run)) {
      const part = parts.get(run.component);
      // The topmost, leftmost edge of a part is on its outer ring, so the first ring of a part is that one.
      if (part === undefined) parts.set(run.component, { outer: ring, holes: [] });
      else part.holes.push(ring);
    }
  }
  return [...parts.values()];
}

/** All rings, outer ones and holes: to be filled by even-odd or nonzero. */
export function contourRings(contours: readonly Contour[]): Ring[] {
  return contours.flatMap(({ outer, holes }) => [outer, ...holes]);
}

/** Right, down, left, up. */
const STEPS = [
  { dx: 1, dy: 0 },
  { dx: 0, dy: 1 },
  { dx: -1, dy: 0 },
  { dx: 0, dy: -1 },
] as const;
/** The pixels ahead of a corner, right and left of the way, relative to the corner. */
const AHEAD = [
  { right: { x: 0, y: 0 }, left: { x: 0, y: -1 } },
  { right: { x: -1, y: 0 }, left: { x: 0, y: 0 } },
  { right: { x: -1, y: -1 }, left: { x: -1, y: 0 } },
  { right: { x: 0, y: -1 }, left: { x: -1, y: -1 } },
] as const;

function createWalker(mask: Bitmask) {
  const box = bitmaskBox(mask);
  /** Top edges (set below, clear above) that some ring has passed; every ring has at least one. */
  const passed = new Uint8Array(mask.width * mask.height);
  const edgeAt = (x: number, y: number): number => (y - box.top) * mask.width + x - box.left;

  const walk = (startX: number, startY: number): Ring => {
    const ring: number[] = [];
    let x = startX;
    let y = startY;
    let direction = 0;
    do {
      const step = STEPS[direction] ?? STEPS[0];
      if (direction === 0) passed[edgeAt(x, y)] = 1;
      x += step.dx;
      y += step.dy;
      const ahead = AHEAD[direction] ?? AHEAD[0];
      const rightIsSet = isBitSet(mask, x + ahead.right.x, y + ahead.right.y);
      const leftIsSet = isBitSet(mask, x + ahead.left.x, y + ahead.left.y);
      if (rightIsSet && !leftIsSet) continue;
      ring.push(x, y);
      direction = (direction + (rightIsSet ? 3 : 1)) % 4;
    } while (x !== startX || y !== startY || direction !== 0);
    // The start is the last corner found; begin with it.
    return [...ring.slice(-2), ...ring.slice(0, -2)];
  };

  return {
    *ringsFromTopEdges(run: LabelledRun): Generator<Ring> {
      for (let x = run.x0; x < run.x1; x++) {
        if (passed[edgeAt(x, run.y)] === 1 || isBitSet(mask, x, run.y - 1)) continue;
        yield walk(x, run.y);
      }
    },
  };
}
