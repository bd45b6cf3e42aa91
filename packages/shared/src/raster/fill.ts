/**
 * Polygon scan conversion by the centre rule: a pixel belongs to a polygon when its centre does. An edge counts for
 * the rows whose centre y lies in [top, bottom), and a centre that lies on an edge belongs to what is right of it, so
 * neighbours that share an edge share no pixel and leave none out.
 */
import type { Ring } from "../geometry/index.ts";
import { type Bitmask, createBitmask } from "./bitmask.ts";
import { isEmptyPixelBox, type PixelBox } from "./pixel-box.ts";

/**
 * even-odd: crossed an odd number of times. nonzero: turned round at least once, whichever way.
 * union: each ring by even-odd, then all of them united; this is what COCO and pycocotools do, and what the rings of a
 * polygon annotation mean.
 */
export type FillRule = "even-odd" | "nonzero" | "union";

/** Calls `visit` for runs of pixels x0..x1-1 in row y, rows ascending, runs of a row ascending and apart. */
export function forEachFilledRun(
  rings: readonly Ring[],
  rule: FillRule,
  clip: PixelBox,
  visit: (y: number, x0: number, x1: number) => void,
): void {
  if (isEmptyPixelBox(clip)) return;
  const edges = collectEdges(rings, clip);
  let next = 0;
  let active: Edge[] = [];
  for (let y = clip.top; y < clip.bottom; y++) {
    const centre = y + 0.5;
    while (next < edges.length && (edges[next]?.top ?? 0) <= centre) {
      const edge = edges[next++];
      if (edge !== undefined) active.push(edge);
    }
    active = active.filter((edge) => edge.bottom > centre);
    if (active.length === 0) {
      if (next >= edges.length) return;
      continue;
    }
    const crossings = active.map((edge) => ({
      x: edge.x + (centre - edge.y) * edge.slope,
      ring: edge.ring,
      turn: edge.turn,
    }));
    crossings.sort((a, b) => a.x - b.x);
    visitRow(crossings, rule, clip, (x0, x1) => visit(y, x0, x1));
  }
}

interface Edge {
  readonly top: number;
  readonly bottom: number;
  /** A point of the edge; x grows by `slope` for each unit of y. */
  readonly x: number;
  readonly y: number;
  readonly slope: number;
  readonly turn: 1 | -1;
  readonly ring: number;
}

interface Crossing {
  readonly x: number;
  readonly ring: number;
  readonly turn: 1 | -1;
}

function collectEdges(rings: readonly Ring[], clip: PixelBox): Edge[] {
  const edges: Edge[] = [];
  rings.forEach((ring, index) => {
    const count = ring.length >> 1;
    for (let i = 0; i < count; i++) {
      const j = i + 1 === count ? 0 : i + 1;
      const ax = ring[2 * i] ?? 0;
      const ay = ring[2 * i + 1] ?? 0;
      const bx = ring[2 * j] ?? 0;
      const by = ring[2 * j + 1] ?? 0;
      if (ay === by || Math.max(ay, by) <= clip.top || Math.min(ay, by) >= clip.bottom) continue;
      const down = by > ay;
      // Always from the upper end, so that the two directions of one edge give equal crossings.
      edges.push({
        top: down ? ay : by,
        bottom: down ? by : ay,
        x: down ? ax : bx,
        y: down ? ay : by,
        slope: (bx - ax) / (by - ay),
        turn: down ? 1 : -1,
        ring: index,
      });
    }
  });
  return edges.toSorted((a, b) => a.top - b.top);
}

function visitRow(
  crossings: readonly Crossing[],
  rule: FillRule,
  clip: PixelBox,
  visit: (x0: number, x1: number) => void,
): void {
  const inside = createInsideCount(rule);
  let start = 0;
  let pending: { from: number; to: number } | undefined;
  for (const crossing of crossings) {
    const before = inside.isInside();
    inside.cross(crossing);
    const after = inside.isInside();
    if (!before && after) start = crossing.x;
    if (!before || after) continue;
    const from = Math.max(clip.left, firstCentre(start));
    const to = Math.min(clip.right, firstCentre(crossing.x));
    if (from >= to) continue;
    if (pending !== undefined && from <= pending.to) {
      pending.to = Math.max(pending.to, to);
    } else {
      if (pending !== undefined) visit(pending.from, pending.to);
      pending = { from, to };
    }
  }
  if (pending !== undefined) visit(pending.from, pending.to);
}

/** The first pixel whose centre is at or right of x. */
function firstCentre(x: number): number {
  return Math.ceil(x - 0.5);
}

function createInsideCount(rule: FillRule) {
  let count = 0;
  const insideRings = new Set<number>();
  return {
    isInside: (): boolean => (rule === "union" ? insideRings.size > 0 : count !== 0),
    cross: ({ ring, turn }: Crossing): void => {
      if (rule === "nonzero") count += turn;
      else if (rule === "even-odd") count ^= 1;
      else if (!insideRings.delete(ring)) insideRings.add(ring);
    },
  };
}

/** The filled rings in the box (usually what of their bounds lies within the image). */
export function fillRings(rings: readonly Ring[], rule: FillRule, box: PixelBox): Bitmask {
  const mask = createBitmask(box);
  forEachFilledRun(rings, rule, box, (y, x0, x1) => {
    const row = (y - mask.top) * mask.width - mask.left;
    mask.data.fill(1, row + x0, row + x1);
  });
  return mask;
}

/** How many pixels of the box the rings fill. */
export function countFilledPixels(rings: readonly Ring[], rule: FillRule, box: PixelBox): number {
  let area = 0;
  forEachFilledRun(rings, rule, box, (_y, x0, x1) => {
    area += x1 - x0;
  });
  return area;
}

/** The pixels that the rings can fill within an image. */
export function ringsPixelBox(
  rings: readonly Ring[],
  size: { width: number; height: number },
): PixelBox {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      left = Math.min(left, ring[i] ?? 0);
      right = Math.max(right, ring[i] ?? 0);
      top = Math.min(top, ring[i + 1] ?? 0);
      bottom = Math.max(bottom, ring[i + 1] ?? 0);
    }
  }
  if (right < left) return { left: 0, top: 0, right: 0, bottom: 0 };
  return {
    left: Math.max(0, Math.floor(left)),
    top: Math.max(0, Math.floor(top)),
    right: Math.min(size.width, Math.ceil(right)),
    bottom: Math.min(size.height, Math.ceil(bottom)),
  };
}
