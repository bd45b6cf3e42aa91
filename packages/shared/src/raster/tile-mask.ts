import type { PixelBox } from "./pixel-box.ts";

/** Masks are cut into squares of this many pixels. */
export const TILE_SIDE = 256;
/** Bytes of one row of a tile, and of a whole tile. */
export const TILE_STRIDE = TILE_SIDE / 8;
export const TILE_BYTES = TILE_STRIDE * TILE_SIDE;

/**
 * A mask of a whole image, one bit a pixel. Tile index = tileRow * columns + tileColumn; a tile that is absent is
 * clear. Within a tile rows follow one another, 32 bytes each, and pixel x is bit x & 7 of byte x >> 3.
 * Bits beyond the image's edge are always clear.
 */
export interface TileMask {
  readonly width: number;
  readonly height: number;
  /** Tiles across and down. */
  readonly columns: number;
  readonly rows: number;
  readonly tiles: ReadonlyMap<number, Uint8Array>;
}

/** A mask that its maker may still change. */
export interface MutableTileMask extends TileMask {
  readonly tiles: Map<number, Uint8Array>;
}

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

export function createTileMask(size: ImageSize): MutableTileMask {
  return {
    width: size.width,
    height: size.height,
    columns: Math.ceil(size.width / TILE_SIDE),
    rows: Math.ceil(size.height / TILE_SIDE),
    tiles: new Map(),
  };
}

/** Is the pixel set? False outside the image. */
export function isPixelSet(mask: TileMask, x: number, y: number): boolean {
  if (x < 0 || y < 0 || x >= mask.width || y >= mask.height) return false;
  const tile = mask.tiles.get(Math.floor(y / TILE_SIDE) * mask.columns + Math.floor(x / TILE_SIDE));
  if (tile === undefined) return false;
  const byte = tile[(y % TILE_SIDE) * TILE_STRIDE + ((x % TILE_SIDE) >> 3)] ?? 0;
  return ((byte >> (x & 7)) & 1) === 1;
}

/** The part of the image that a tile covers. */
export function tileBox(mask: TileMask, index: number): PixelBox {
  const left = (index % mask.columns) * TILE_SIDE;
  const top = Math.floor(index / mask.columns) * TILE_SIDE;
  return {
    left,
    top,
    right: Math.min(mask.width, left + TILE_SIDE),
    bottom: Math.min(mask.height, top + TILE_SIDE),
  };
}

/** Indices of the tiles that a box touches, row by row. */
export function* tilesOfBox(mask: TileMask, box: PixelBox): Generator<number> {
  if (box.right <= box.left || box.bottom <= box.top) return;
  const firstColumn = Math.max(0, Math.floor(box.left / TILE_SIDE));
  const lastColumn = Math.min(mask.columns - 1, Math.floor((box.right - 1) / TILE_SIDE));
  const firstRow = Math.max(0, Math.floor(box.top / TILE_SIDE));
  const lastRow = Math.min(mask.rows - 1, Math.floor((box.bottom - 1) / TILE_SIDE));
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++)
      yield row * mask.columns + column;
  }
}

/** Sets or clears bits from..to-1 of the row that starts at byte `row`. */
export function writeBits(
  bytes: Uint8Array,
  row: number,
  from: number,
  to: number,
  value: 0 | 1,
): void {
  const firstByte = row + (from >> 3);
  const lastByte = row + ((to - 1) >> 3);
  const headMask = (255 << (from & 7)) & 255;
  const tailMask = 255 >> (7 - ((to - 1) & 7));
  if (firstByte === lastByte) {
    writeByte(bytes, firstByte, headMask & tailMask, value);
    return;
  }
  writeByte(bytes, firstByte, headMask, value);
  if (lastByte > firstByte + 1) bytes.fill(value === 1 ? 255 : 0, firstByte + 1, lastByte);
  writeByte(bytes, lastByte, tailMask, value);
}

function writeByte(bytes: Uint8Array, at: number, bits: number, value: 0 | 1): void {
  const old = bytes[at] ?? 0;
  bytes[at] = value === 1 ? old | bits : old & ~bits;
}

/** Paints one row of pixels (within the image) and reports each tile that was written to. */
export function paintTileSpan(
  mask: MutableTileMask,
  y: number,
  x0: number,
  x1: number,
  value: 0 | 1,
  touched?: Set<number>,
): void {
  const tileRow = Math.floor(y / TILE_SIDE) * mask.columns;
  const row = (y % TILE_SIDE) * TILE_STRIDE;
  for (let x = x0; x < x1;) {
    const column = Math.floor(x / TILE_SIDE);
    const end = Math.min(x1, (column + 1) * TILE_SIDE);
    let tile = mask.tiles.get(tileRow + column);
    if (tile === undefined && value === 1) {
      tile = new Uint8Array(TILE_BYTES);
      mask.tiles.set(tileRow + column, tile);
    }
    if (tile !== undefined) {
      writeBits(tile, row, x - column * TILE_SIDE, end - column * TILE_SIDE, value);
      touched?.add(tileRow + column);
    }
    x = end;
  }
}

export interface TileStats {
  /** Set pixels. */
  readonly area: number;
  /** Box of the set pixels in image coordinates; undefined when there are none. */
  readonly box: PixelBox | undefined;
}

export function measureTile(mask: TileMask, index: number): TileStats {
  const tile = mask.tiles.get(index);
  if (tile === undefined) return { area: 0, box: undefined };
  const words = new Uint32Array(tile.buffer, tile.byteOffset, tile.byteLength >> 2);
  const wordsPerRow = TILE_STRIDE / 4;
  let area = 0;
  let top = -1;
  let bottom = -1;
  const union = new Uint32Array(wordsPerRow);
  for (let row = 0; row < TILE_SIDE; row++) {
    let any = 0;
    for (let i = 0; i < wordsPerRow; i++) {
      const word = words[row * wordsPerRow + i] ?? 0;
      if (word === 0) continue;
      any |= word;
      area += countBits(word);
      union[i] = (union[i] ?? 0) | word;
    }
    if (any !== 0) {
      if (top < 0) top = row;
      bottom = row;
    }
  }
  if (area === 0) return { area: 0, box: undefined };
  const unionBytes = new Uint8Array(union.buffer);
  const left = unionBytes.findIndex((byte) => byte !== 0);
  const right = unionBytes.findLastIndex((byte) => byte !== 0);
  const origin = tileBox(mask, index);
  const lowest = unionBytes[left] ?? 0;
  const highest = unionBytes[right] ?? 0;
  return {
    area,
    box: {
      left: origin.left + left * 8 + (31 - Math.clz32(lowest & -lowest)),
      top: origin.top + top,
      right: origin.left + right * 8 + (32 - Math.clz32(highest)),
      bottom: origin.top + bottom + 1,
    },
  };
}

function countBits(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
