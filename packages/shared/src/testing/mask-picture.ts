import { type Bitmask, isBitSet, isPixelSet, type TileMask } from "../raster/index.ts";

/** A mask as rows of `.` and `#`, so that a test shows what it expects. */
export function drawMask(mask: TileMask | Bitmask, width: number, height: number): string[] {
  const isSet = (x: number, y: number): boolean =>
    "tiles" in mask ? isPixelSet(mask, x, y) : isBitSet(mask, x, y);
  return Array.from({ length: height }, (_row, y) =>
    Array.from({ length: width }, (_column, x) => (isSet(x, y) ? "#" : ".")).join(""),
  );
}

/** The mask that such a picture shows, its first pixel at left, top. */
export function readMask(rows: readonly string[], left = 0, top = 0): Bitmask {
  const width = rows[0]?.length ?? 0;
  const data = Uint8Array.from(rows.join(""), (character) => (character === "#" ? 1 : 0));
  return { left, top, width, height: rows.length, data };
}
