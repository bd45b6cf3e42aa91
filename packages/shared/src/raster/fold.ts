/**
 * Folding a list of operations into pixels (docs/spec/raster.md, F1 to F5). The order is that of the list; a pixel is
 * what the last active operation that covers it says. Appended operations are painted on top; any other change paints
 * again only the tiles that the changed operations touch, from the last checkpoint before the change.
 */
import { isPaintOperation, type Operation, type PaintOperation } from "./operation.ts";
import { paintOperation } from "./paint-operation.ts";
import { type PixelBox, uniteAllPixelBoxes } from "./pixel-box.ts";
import {
  createTileMask,
  type ImageSize,
  measureTile,
  type MutableTileMask,
  paintTileSpan,
  TILE_BYTES,
  TILE_STRIDE,
  tileBox,
  type TileMask,
  tilesOfBox,
  type TileStats,
  writeBits,
} from "./tile-mask.ts";

/** A copy of a tile is kept after every so many operations on it, so that an undo does not start from nothing. */
const CHECKPOINT_EVERY = 64;

/** Which operations count: the first of an id, unless the last undo or redo of that id in the list is an undo. */
export function activeOperations(operations: readonly Operation[]): PaintOperation[] {
  return selectActive(operations, switchedOff(operations), new Set());
}

function switchedOff(operations: readonly Operation[]): Set<string> {
  const off = new Set<string>();
  for (const operation of operations) {
    if (operation.kind === "undo") off.add(operation.target);
    else if (operation.kind === "redo") off.delete(operation.target);
  }
  return off;
}

function selectActive(
  operations: readonly Operation[],
  off: ReadonlySet<string>,
  seen: Set<string>,
): PaintOperation[] {
  const active: PaintOperation[] = [];
  for (const operation of operations) {
    if (!isPaintOperation(operation) || seen.has(operation.id)) continue;
    seen.add(operation.id);
    if (!off.has(operation.id)) active.push(operation);
  }
  return active;
}

export interface MaskFold {
  /** Live: its tiles change with every update. */
  readonly mask: TileMask;
  active(): readonly PaintOperation[];
  /** Takes the whole list as it is now. Returns the tiles whose bits may have changed, ascending. */
  update(operations: readonly Operation[]): readonly number[];
  area(): number;
  /** Exact box of the set pixels. */
  bounds(): PixelBox | undefined;
}

interface TileHistory {
  /** The active operations whose box touches the tile, in order. */
  operations: PaintOperation[];
  /** Bits after the first `count` of them; undefined stands for a clear tile. Ascending by count. */
  checkpoints: { readonly count: number; readonly bits: Uint8Array | undefined }[];
}

export function createMaskFold(size: ImageSize): MaskFold {
  const mask: MutableTileMask = createTileMask(size);
  const whole: PixelBox = { left: 0, top: 0, right: size.width, bottom: size.height };
  const histories = new Map<number, TileHistory>();
  const stats = new Map<number, TileStats>();
  let list: readonly Operation[] = [];
  let active: PaintOperation[] = [];
  let seen = new Set<string>();
  let off = new Set<string>();

  const historyOf = (tile: number): TileHistory => {
    const known = histories.get(tile);
    if (known !== undefined) return known;
    const fresh: TileHistory = { operations: [], checkpoints: [] };
    histories.set(tile, fresh);
    return fresh;
  };

  const paintOnTop = (operation: PaintOperation, dirty: Set<number>): void => {
    paintOperation(operation, whole, (y, x0, x1, value) =>
      paintTileSpan(mask, y, x0, x1, value, dirty),
    );
    for (const tile of tilesOfBox(mask, operation.box)) {
      const history = historyOf(tile);
      history.operations.push(operation);
      keepCheckpoint(history, history.operations.length, mask.tiles.get(tile));
    }
  };

  const refold = (tile: number, operations: PaintOperation[]): void => {
    const history = historyOf(tile);
    const common = commonPrefix(history.operations, operations);
    history.operations = operations;
    history.checkpoints = history.checkpoints.filter((checkpoint) => checkpoint.count <= common);
    const start = history.checkpoints.at(-1);
    const bits = new Uint8Array(TILE_BYTES);
    if (start?.bits !== undefined) bits.set(start.bits);
    const box = tileBox(mask, tile);
    for (let i = start?.count ?? 0; i < operations.length; i++) {
      const operation = operations[i];
      if (operation === undefined) continue;
      paintOperation(operation, box, (y, x0, x1, value) =>
        writeBits(bits, (y - box.top) * TILE_STRIDE, x0 - box.left, x1 - box.left, value),
      );
      keepCheckpoint(history, i + 1, bits);
    }
    mask.tiles.set(tile, bits);
  };

  const refoldChanged = (next: PaintOperation[], prefix: number, suffix: number): Set<number> => {
    const dirty = new Set<number>();
    const mark = (operations: readonly PaintOperation[]): void => {
      for (let i = prefix; i < operations.length - suffix; i++) {
        const operation = operations[i];
        if (operation === undefined) continue;
        for (const tile of tilesOfBox(mask, operation.box)) dirty.add(tile);
      }
    };
    mark(active);
    mark(next);
    const perTile = new Map<number, PaintOperation[]>();
    for (const tile of dirty) perTile.set(tile, []);
    for (const operation of next) {
      for (const tile of tilesOfBox(mask, operation.box)) perTile.get(tile)?.push(operation);
    }
    for (const [tile, operations] of perTile) refold(tile, operations);
    return dirty;
  };

  const update = (operations: readonly Operation[]): readonly number[] => {
    const before = list;
    list = operations;
    const appended = commonPrefix(before, operations) === before.length;
    const added = appended ? operations.slice(before.length) : [];
    let dirty = new Set<number>();
    if (appended && added.every(isPaintOperation)) {
      for (const operation of selectActive(added, off, seen)) {
        active.push(operation);
        paintOnTop(operation, dirty);
      }
    } else {
      off = switchedOff(operations);
      seen = new Set();
      const next = selectActive(operations, off, seen);
      const prefix = commonPrefix(active, next);
      if (prefix === active.length) {
        for (const operation of next.slice(prefix)) paintOnTop(operation, dirty);
      } else {
        dirty = refoldChanged(next, prefix, commonSuffix(active, next, prefix));
      }
      active = next;
    }
    for (const tile of dirty) stats.delete(tile);
    return [...dirty].toSorted((a, b) => a - b);
  };

  const statsOf = (tile: number): TileStats => {
    const known = stats.get(tile);
    if (known !== undefined) return known;
    const measured = measureTile(mask, tile);
    stats.set(tile, measured);
    return measured;
  };

  return {
    mask,
    active: () => active,
    update,
    area: () => {
      let area = 0;
      for (const tile of mask.tiles.keys()) area += statsOf(tile).area;
      return area;
    },
    bounds: () => {
      const boxes: PixelBox[] = [];
      for (const tile of mask.tiles.keys()) {
        const { box } = statsOf(tile);
        if (box !== undefined) boxes.push(box);
      }
      return uniteAllPixelBoxes(boxes);
    },
  };
}

function keepCheckpoint(history: TileHistory, count: number, bits: Uint8Array | undefined): void {
  if (count % CHECKPOINT_EVERY !== 0) return;
  if ((history.checkpoints.at(-1)?.count ?? 0) >= count) return;
  history.checkpoints.push({ count, bits: bits?.slice() });
}

function commonPrefix(a: readonly unknown[], b: readonly unknown[]): number {
  const limit = Math.min(a.length, b.length);
  let count = 0;
  while (count < limit && a[count] === b[count]) count++;
  return count;
}

function commonSuffix(a: readonly unknown[], b: readonly unknown[], prefix: number): number {
  const limit = Math.min(a.length, b.length) - prefix;
  let count = 0;
  while (count < limit && a[a.length - 1 - count] === b[b.length - 1 - count]) count++;
  return count;
}

/** All operations folded at once into a new mask. */
export function foldOperations(size: ImageSize, operations: readonly Operation[]): TileMask {
  const fold = createMaskFold(size);
  fold.update(operations);
  return fold.mask;
}
