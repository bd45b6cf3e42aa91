import type { AnnotationId, ImageDocument } from "@limn/shared/document";
import {
  createTileMask,
  paintCapsule,
  paintTileSpan,
  QUARTERS_PER_PIXEL,
  type TileMask,
} from "@limn/shared/raster";

export interface LiveStroke {
  /** Paints on from the last point; coordinates in image pixels. */
  extend(x: number, y: number): void;
  /** The points so far are committed (or the document changed under the stroke): start again from what it holds. */
  rebase(uncommitted: readonly number[]): void;
}

/**
 * The pixels of a stroke under way on top of what the document holds, by the same rasteriser that will fold the
 * committed operation, so that nothing jumps at the commit. Tiles are copied when they are first painted on.
 */
export function createLiveStroke(options: {
  readonly document: ImageDocument;
  readonly id: AnnotationId;
  readonly radius: number;
  readonly mode: "add" | "remove";
  readonly show: (mask: TileMask, tiles: readonly number[]) => void;
}): LiveStroke {
  const { document, id } = options;
  const value = options.mode === "add" ? 1 : 0;
  const radius = Math.max(1, Math.round(options.radius * QUARTERS_PER_PIXEL));
  const whole = { left: 0, top: 0, right: document.size.width, bottom: document.size.height };
  let overlay = createTileMask(document.size);
  let owned = new Set<number>();
  let last: { x: number; y: number } | undefined;

  const start = (): void => {
    overlay = createTileMask(document.size);
    for (const [index, tile] of document.mask(id)?.tiles ?? []) overlay.tiles.set(index, tile);
    owned = new Set();
    last = undefined;
  };

  const span = (touched: Set<number>) => (y: number, x0: number, x1: number) => {
    for (const index of tilesOfSpan(y, x0, x1)) own(index);
    paintTileSpan(overlay, y, x0, x1, value, touched);
  };

  const own = (index: number): void => {
    if (owned.has(index)) return;
    owned.add(index);
    const tile = overlay.tiles.get(index);
    if (tile) overlay.tiles.set(index, tile.slice());
  };

  function* tilesOfSpan(y: number, x0: number, x1: number): Generator<number> {
    const row = (y >> 8) * overlay.columns;
    for (let column = x0 >> 8; column <= (x1 - 1) >> 8; column++) yield row + column;
  }

  const extend = (x: number, y: number): void => {
    const to = { x: Math.round(x * QUARTERS_PER_PIXEL), y: Math.round(y * QUARTERS_PER_PIXEL) };
    const from = last ?? to;
    const touched = new Set<number>();
    paintCapsule(from.x, from.y, to.x, to.y, radius, whole, span(touched), value);
    last = to;
    options.show(overlay, [...touched]);
  };

  start();
  return {
    extend,
    rebase(uncommitted) {
      const stale = [...owned];
      start();
      if (stale.length > 0) options.show(overlay, stale);
      for (let i = 0; i + 1 < uncommitted.length; i += 2)
        extend(uncommitted[i] ?? 0, uncommitted[i + 1] ?? 0);
    },
  };
}
