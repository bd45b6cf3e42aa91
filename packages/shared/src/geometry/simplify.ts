/**
 * Fewer points for an outline. Douglas and Peucker's algorithm (1973) on each ring, then a guard: as long as simplified
 * edges cross, points that were left out come back on those edges, so that no ring crosses itself or another.
 */
import { distanceToSegment } from "./point.ts";
import { dropRepeatedPoints, type Ring, signedRingArea } from "./ring.ts";

/** No dropped point is farther than `tolerance` (px) from the new outline. Rings too small to simplify come back whole. */
export function simplifyRings(rings: readonly Ring[], tolerance: number): Ring[] {
  const drafts = rings.map((ring) => createDraft(dropRepeatedPoints(ring), tolerance));
  for (;;) {
    const crossing = findCrossingEdges(drafts);
    let refined = false;
    for (const { draft, from } of crossing) refined = refine(draft, from) || refined;
    if (!refined) break;
  }
  return drafts.map(({ ring, kept }) => {
    const simple = kept.flatMap((index) => [ring[2 * index] ?? 0, ring[2 * index + 1] ?? 0]);
    return simple.length >= 6 && signedRingArea(simple) !== 0 ? simple : ring;
  });
}

export function simplifyRing(ring: Ring, tolerance: number): Ring {
  return simplifyRings([ring], tolerance)[0] ?? ring;
}

interface Draft {
  readonly ring: Ring;
  /** Indices of the points that stay, ascending. */
  readonly kept: number[];
}

function pointAt(ring: Ring, index: number): { x: number; y: number } {
  return { x: ring[2 * index] ?? 0, y: ring[2 * index + 1] ?? 0 };
}

function createDraft(ring: Ring, tolerance: number): Draft {
  const count = ring.length >> 1;
  if (count <= 4) return { ring, kept: Array.from({ length: count }, (_point, index) => index) };
  const keep = new Uint8Array(count);
  const opposite = farthest(ring, 0, count, 0);
  keep[0] = 1;
  keep[opposite.index] = 1;
  keepBetween(ring, 0, opposite.index, tolerance, keep);
  keepBetween(ring, opposite.index, count, tolerance, keep);
  const kept: number[] = [];
  keep.forEach((value, index) => {
    if (value === 1) kept.push(index);
  });
  return { ring, kept };
}

/** `to` may be the count of points, which stands for the first one. */
function keepBetween(
  ring: Ring,
  from: number,
  to: number,
  tolerance: number,
  keep: Uint8Array,
): void {
  const open = [{ from, to }];
  for (let span = open.pop(); span !== undefined; span = open.pop()) {
    const { index, distance } = farthest(ring, span.from, span.to, span.to % (ring.length >> 1));
    if (index < 0 || distance <= tolerance) continue;
    keep[index] = 1;
    open.push({ from: span.from, to: index }, { from: index, to: span.to });
  }
}

/** The point between from and to that is farthest from the edge between `from` and `end`. */
function farthest(
  ring: Ring,
  from: number,
  to: number,
  end: number,
): { index: number; distance: number } {
  const a = pointAt(ring, from);
  const b = pointAt(ring, end);
  let index = -1;
  let distance = -1;
  for (let i = from + 1; i < to; i++) {
    const away = distanceToSegment(pointAt(ring, i), a, b);
    if (away > distance) {
      distance = away;
      index = i;
    }
  }
  return { index, distance };
}

/** Brings back the farthest dropped point of the edge that starts at kept[from]. False when there is none. */
function refine(draft: Draft, fromIndex: number): boolean {
  const { ring, kept } = draft;
  const at = kept.indexOf(fromIndex);
  const to = kept[at + 1] ?? ring.length >> 1;
  const { index } = farthest(ring, fromIndex, to, to % (ring.length >> 1));
  if (index < 0) return false;
  kept.splice(at + 1, 0, index);
  return true;
}

interface Edge {
  readonly draft: Draft;
  readonly from: number;
  readonly ax: number;
  readonly ay: number;
  readonly bx: number;
  readonly by: number;
}

function findCrossingEdges(drafts: readonly Draft[]): Edge[] {
  const edges = drafts.flatMap(edgesOf).toSorted((a, b) => minX(a) - minX(b));
  const crossing = new Set<Edge>();
  let active: Edge[] = [];
  for (const edge of edges) {
    active = active.filter((other) => Math.max(other.ax, other.bx) >= minX(edge));
    for (const other of active) {
      if (!edgesCross(edge, other)) continue;
      crossing.add(edge);
      crossing.add(other);
    }
    active.push(edge);
  }
  return [...crossing];
}

function edgesOf(draft: Draft): Edge[] {
  const { ring, kept } = draft;
  return kept.map((from, i) => {
    const a = pointAt(ring, from);
    const b = pointAt(ring, kept[(i + 1) % kept.length] ?? 0);
    return { draft, from, ax: a.x, ay: a.y, bx: b.x, by: b.y };
  });
}

function minX(edge: Edge): number {
  return Math.min(edge.ax, edge.bx);
}

/** Do they share a point that is not an end of both? */
function edgesCross(a: Edge, b: Edge): boolean {
  if (Math.max(a.ay, a.by) < Math.min(b.ay, b.by)) return false;
  if (Math.max(b.ay, b.by) < Math.min(a.ay, a.by)) return false;
  const a1 = side(b, a.ax, a.ay);
  const a2 = side(b, a.bx, a.by);
  const b1 = side(a, b.ax, b.ay);
  const b2 = side(a, b.bx, b.by);
  if (a1 * a2 < 0 && b1 * b2 < 0) return true;
  return (
    (a1 === 0 && liesWithin(b, a.ax, a.ay)) ||
    (a2 === 0 && liesWithin(b, a.bx, a.by)) ||
    (b1 === 0 && liesWithin(a, b.ax, b.ay)) ||
    (b2 === 0 && liesWithin(a, b.bx, b.by))
  );
}

function side(edge: Edge, x: number, y: number): number {
  return Math.sign((edge.bx - edge.ax) * (y - edge.ay) - (edge.by - edge.ay) * (x - edge.ax));
}

/** Of a point on the edge's line: is it on the edge, and not one of its ends? */
function liesWithin(edge: Edge, x: number, y: number): boolean {
  if ((x === edge.ax && y === edge.ay) || (x === edge.bx && y === edge.by)) return false;
  return (
    x >= Math.min(edge.ax, edge.bx) &&
    x <= Math.max(edge.ax, edge.bx) &&
    y >= Math.min(edge.ay, edge.by) &&
    y <= Math.max(edge.ay, edge.by)
  );
}
