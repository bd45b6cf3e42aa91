/**
 * The pixels of a mask tile as rectangles and as outline, both exact. Instead of textures the stage draws these: a run
 * costs 12 bytes however long it is, so a mask of a whole 12-megapixel picture takes kilobytes where tile textures
 * would take 48 MB, edges stay crisp at every zoom, and a brush event uploads only the tiles it touched
 * (docs/decisions/0001-mask-runs-instead-of-textures.md).
 */
import { isPixelSet, TILE_SIDE, TILE_STRIDE, tileBox, type TileMask } from "@limn/shared/raster";

export interface TileGeometry {
  /** Rectangles of set pixels, disjoint: x0, y0, x1, y1 in image pixels, four numbers each. */
  readonly rectangles: Uint16Array;
  /** Horizontal and vertical segments between set and clear pixels, four numbers each. */
  readonly edges: Uint16Array;
}

type Runs = readonly number[];
const NO_RUNS: Runs = [];

/** Set runs [x0, x1, x0, x1, ...] of one row of a tile, relative to the tile. */
function runsOfRow(tile: Uint8Array | undefined, row: number): Runs {
  if (!tile) return NO_RUNS;
  const start = row * TILE_STRIDE;
  let runs: number[] | undefined;
  let open = false;
  for (let i = 0; i < TILE_STRIDE; i++) {
    const byte = tile[start + i] ?? 0;
    if (byte === (open ? 255 : 0)) continue;
    for (let bit = 0; bit < 8; bit++) {
      const set: boolean = ((byte >> bit) & 1) === 1;
      if (set !== open) {
        (runs ??= []).push(i * 8 + bit);
        open = set;
      }
    }
  }
  if (open) (runs ??= []).push(TILE_SIDE);
  return runs ?? NO_RUNS;
}

/** Calls `visit` for the parts of the runs `a` that no run of `b` covers. */
function forEachUncovered(a: Runs, b: Runs, visit: (x0: number, x1: number) => void): void {
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let x = a[i] ?? 0;
    const end = a[i + 1] ?? 0;
    while (j < b.length && (b[j + 1] ?? 0) <= x) j += 2;
    for (let k = j; x < end; k += 2) {
      const from = k < b.length ? (b[k] ?? 0) : Infinity;
      if (from > x) visit(x, Math.min(end, from));
      x = k < b.length ? Math.max(x, b[k + 1] ?? 0) : end;
    }
  }
}

/** Vertical edges that go on from row to row are joined into one segment. */
function createColumnJoiner(emit: (x: number, y0: number, y1: number) => void) {
  let open = new Map<number, number>();
  let next = new Map<number, number>();
  return {
    edge(x: number, y: number): void {
      next.set(x, open.get(x) ?? y);
    },
    endRow(y: number): void {
      for (const [x, from] of open) if (!next.has(x)) emit(x, from, y);
      [open, next] = [next, open];
      next.clear();
    },
  };
}

/** @returns the geometry of one tile; edges towards neighbouring tiles look at the neighbours' bits. */
export function measureTileGeometry(mask: TileMask, index: number): TileGeometry {
  const tile = mask.tiles.get(index);
  if (!tile) return { rectangles: new Uint16Array(0), edges: new Uint16Array(0) };
  const box = tileBox(mask, index);
  const { left, top } = box;
  const height = box.bottom - box.top;
  const rectangles: number[] = [];
  const edges: number[] = [];
  const lefts = createColumnJoiner((x, y0, y1) =>
    edges.push(left + x, top + y0, left + x, top + y1),
  );
  const rights = createColumnJoiner((x, y0, y1) =>
    edges.push(left + x, top + y0, left + x, top + y1),
  );
  const horizontal = (y: number) => (x0: number, x1: number) =>
    edges.push(left + x0, top + y, left + x1, top + y);

  let above = top === 0 ? NO_RUNS : runsOfRow(mask.tiles.get(index - mask.columns), TILE_SIDE - 1);
  let row = runsOfRow(tile, 0);
  let rowStart = 0;
  for (let y = 0; y < height; y++) {
    const below =
      y + 1 < height
        ? runsOfRow(tile, y + 1)
        : box.bottom === mask.height
          ? NO_RUNS
          : runsOfRow(mask.tiles.get(index + mask.columns), 0);
    forEachUncovered(row, above, horizontal(y));
    forEachUncovered(row, below, horizontal(y + 1));
    for (let i = 0; i < row.length; i += 2) {
      const x0 = row[i] ?? 0;
      const x1 = row[i + 1] ?? 0;
      if (x0 > 0 || !isPixelSet(mask, left - 1, top + y)) lefts.edge(x0, y);
      if (left + x1 < box.right || !isPixelSet(mask, box.right, top + y)) rights.edge(x1, y);
    }
    lefts.endRow(y);
    rights.endRow(y);
    const last = y + 1 === height;
    if (last || !sameRuns(row, below)) {
      for (let i = 0; i < row.length; i += 2)
        rectangles.push(
          left + (row[i] ?? 0),
          top + rowStart,
          left + (row[i + 1] ?? 0),
          top + y + 1,
        );
      rowStart = y + 1;
    }
    above = row;
    row = below;
  }
  lefts.endRow(height);
  rights.endRow(height);
  return { rectangles: Uint16Array.from(rectangles), edges: Uint16Array.from(edges) };
}

function sameRuns(a: Runs, b: Runs): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
