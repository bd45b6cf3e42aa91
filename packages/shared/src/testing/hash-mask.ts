import type { TileMask } from "../raster/index.ts";

/** FNV-1a over the set tiles in order: equal masks, equal hash, on every machine. Clear tiles do not count. */
export function hashMask(mask: TileMask): string {
  let hash = 0x811c9dc5;
  const mix = (byte: number): void => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  };
  for (const index of [...mask.tiles.keys()].toSorted((a, b) => a - b)) {
    const tile = mask.tiles.get(index);
    if (tile === undefined || tile.every((byte) => byte === 0)) continue;
    mix(index & 255);
    mix(index >> 8);
    for (const byte of tile) mix(byte);
  }
  return hash.toString(16).padStart(8, "0");
}
