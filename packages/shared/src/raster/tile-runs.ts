import { TILE_SIDE, TILE_STRIDE, tileBox, type TileMask } from "./tile-mask.ts";

/** Calls `visit` for horizontal runs of set pixels x0..x1-1, tile by tile; a run ends at its tile's edge. */
export function forEachTileRun(
  mask: TileMask,
  visit: (y: number, x0: number, x1: number) => void,
): void {
  for (const [index, tile] of mask.tiles) {
    const { left, top } = tileBox(mask, index);
    for (let row = 0; row < TILE_SIDE; row++) {
      let start = -1;
      for (let byte = 0; byte < TILE_STRIDE; byte++) {
        const bits = tile[row * TILE_STRIDE + byte] ?? 0;
        if (bits === 0 && start < 0) continue;
        if (bits === 255 && start >= 0) continue;
        for (let bit = 0; bit < 8; bit++) {
          const isSet = ((bits >> bit) & 1) === 1;
          const x = byte * 8 + bit;
          if (isSet && start < 0) start = x;
          else if (!isSet && start >= 0) {
            visit(top + row, left + start, left + x);
            start = -1;
          }
        }
      }
      if (start >= 0) visit(top + row, left + start, left + TILE_SIDE);
    }
  }
}
