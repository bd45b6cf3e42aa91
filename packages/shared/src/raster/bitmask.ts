import type { PixelBox } from "./pixel-box.ts";
import {
  createTileMask,
  type ImageSize,
  paintTileSpan,
  TILE_STRIDE,
  tileBox,
  type TileMask,
  tilesOfBox,
} from "./tile-mask.ts";

/**
 * A rectangle of a mask, one byte a pixel: data[(y - top) * width + (x - left)] is 1 where the pixel (x, y) of the
 * image is set and 0 elsewhere. Everything outside the rectangle is clear.
 */
export interface Bitmask {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export function createBitmask(box: PixelBox): Bitmask {
  const width = Math.max(0, box.right - box.left);
  const height = Math.max(0, box.bottom - box.top);
  return { left: box.left, top: box.top, width, height, data: new Uint8Array(width * height) };
}

export function bitmaskBox(mask: Bitmask): PixelBox {
  return {
    left: mask.left,
    top: mask.top,
    right: mask.left + mask.width,
    bottom: mask.top + mask.height,
  };
}

export function isBitSet(mask: Bitmask, x: number, y: number): boolean {
  const column = x - mask.left;
  const row = y - mask.top;
  if (column < 0 || row < 0 || column >= mask.width || row >= mask.height) return false;
  return mask.data[row * mask.width + column] === 1;
}

export function bitmaskArea(mask: Bitmask): number {
  // By index: iterating over a typed array costs ten times as much.
  const { data } = mask;
  let area = 0;
  for (let i = 0; i < data.length; i++) area += data[i] ?? 0;
  return area;
}

/** Exact box of the set pixels. */
export function bitmaskBounds(mask: Bitmask): PixelBox | undefined {
  const { width, height, data } = mask;
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(1);
    if (first < 0) continue;
    if (top < 0) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, row.lastIndexOf(1));
  }
  if (top < 0) return undefined;
  return {
    left: mask.left + left,
    top: mask.top + top,
    right: mask.left + right + 1,
    bottom: mask.top + bottom + 1,
  };
}

/** The same pixels in another rectangle; what lies outside it is dropped. */
export function cropBitmask(mask: Bitmask, box: PixelBox): Bitmask {
  const cropped = createBitmask(box);
  const x0 = Math.max(mask.left, cropped.left);
  const x1 = Math.min(mask.left + mask.width, cropped.left + cropped.width);
  const y0 = Math.max(mask.top, cropped.top);
  const y1 = Math.min(mask.top + mask.height, cropped.top + cropped.height);
  if (x0 >= x1) return cropped;
  for (let y = y0; y < y1; y++) {
    const from = (y - mask.top) * mask.width - mask.left;
    cropped.data.set(
      mask.data.subarray(from + x0, from + x1),
      (y - cropped.top) * cropped.width + x0 - cropped.left,
    );
  }
  return cropped;
}

/** Cropped to its set pixels; undefined when there are none. */
export function trimBitmask(mask: Bitmask): Bitmask | undefined {
  const box = bitmaskBounds(mask);
  return box === undefined ? undefined : cropBitmask(mask, box);
}

export function moveBitmask(mask: Bitmask, dx: number, dy: number): Bitmask {
  return { ...mask, left: mask.left + dx, top: mask.top + dy };
}

/** The part of a tiled mask in the box (the whole image by default), one byte a pixel. */
export function bitmaskFromTiles(mask: TileMask, box?: PixelBox): Bitmask {
  const area = box ?? { left: 0, top: 0, right: mask.width, bottom: mask.height };
  const flat = createBitmask(area);
  for (const index of tilesOfBox(mask, area)) {
    const tile = mask.tiles.get(index);
    if (tile === undefined) continue;
    const part = tileBox(mask, index);
    const x0 = Math.max(part.left, area.left);
    const x1 = Math.min(part.right, area.right);
    const y1 = Math.min(part.bottom, area.bottom);
    for (let y = Math.max(part.top, area.top); y < y1; y++) {
      const row = (y - part.top) * TILE_STRIDE;
      const out = (y - flat.top) * flat.width - flat.left;
      for (let x = x0; x < x1; x++) {
        const byte = tile[row + ((x - part.left) >> 3)] ?? 0;
        if (byte === 0) {
          x |= 7; // The rest of this byte is clear too; tiles start at multiples of 8.
          continue;
        }
        flat.data[out + x] = (byte >> (x & 7)) & 1;
      }
    }
  }
  return flat;
}

/** Pixels outside the image are dropped. */
export function tilesFromBitmask(mask: Bitmask, size: ImageSize): TileMask {
  const tiled = createTileMask(size);
  forEachRun(mask, (y, x0, x1) => {
    if (y < 0 || y >= size.height) return;
    const from = Math.max(0, x0);
    const to = Math.min(size.width, x1);
    if (from < to) paintTileSpan(tiled, y, from, to, 1);
  });
  return tiled;
}

/** Calls `visit` for every horizontal run of set pixels, in image coordinates, row by row. */
export function forEachRun(
  mask: Bitmask,
  visit: (y: number, x0: number, x1: number) => void,
): void {
  const { width, data, left, top } = mask;
  // Every byte is looked at once, however much of the rectangle is empty or full.
  for (let start = data.indexOf(1); start >= 0;) {
    const y = Math.floor(start / width);
    const end = (y + 1) * width;
    let stop = start + 1;
    while (stop < end && data[stop] === 1) stop++;
    visit(top + y, left + start - y * width, left + stop - y * width);
    start = data.indexOf(1, stop);
  }
}
