/**
 * COCO's run-length code: runs of clear and set pixels in turn, clear first, down each column and then on to the next.
 * The compressed form is that of pycocotools (maskApi.c): a run minus the one two before it, five bits a character.
 */
import { type Bitmask, createBitmask, tilesFromBitmask } from "./bitmask.ts";
import { uniteAllPixelBoxes, type PixelBox } from "./pixel-box.ts";
import { RasterError } from "./raster-error.ts";
import { type ImageSize, TILE_SIDE, TILE_STRIDE, type TileMask } from "./tile-mask.ts";

/** As COCO writes it: size is [height, width]. */
export interface CocoRle {
  readonly size: readonly [number, number];
  readonly counts: string;
}

/** As others may write it: with a list of runs too. */
export interface AnyRle {
  readonly size: readonly [number, number];
  readonly counts: string | readonly number[];
}

const MAX_PIXELS = 2 ** 31 - 1;

export function compressRuns(runs: readonly number[]): string {
  const characters: string[] = [];
  for (let i = 0; i < runs.length; i++) {
    let rest = (runs[i] ?? 0) - (i > 2 ? (runs[i - 2] ?? 0) : 0);
    for (;;) {
      const bits = rest & 31;
      rest >>= 5;
      const more = (bits & 16) === 0 ? rest !== 0 : rest !== -1;
      characters.push(String.fromCharCode((more ? bits | 32 : bits) + 48));
      if (!more) break;
    }
  }
  return characters.join("");
}

/** Throws a RasterError for a text that is no compressed run-length code. */
export function expandRuns(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    let unit = 1;
    for (;;) {
      const code = text.charCodeAt(at++) - 48;
      if (!(code >= 0 && code < 64) || unit > 2 ** 35) {
        throw new RasterError("bad-rle", "The mask's counts are not a COCO run-length text.");
      }
      value += (code & 31) * unit;
      unit *= 32;
      if (code >= 32) continue;
      if ((code & 16) !== 0) value -= unit;
      break;
    }
    if (runs.length > 2) value += runs.at(-2) ?? 0;
    runs.push(value);
  }
  return runs;
}

/** The runs of either form, checked against the size. Throws a RasterError in a sentence. */
export function readRuns(rle: AnyRle): readonly number[] {
  const [height, width] = rle.size;
  if (![height, width].every((side) => Number.isInteger(side) && side > 0)) {
    throw new RasterError("bad-size", "A mask's size must be [height, width], both at least 1.");
  }
  if (height * width > MAX_PIXELS) {
    throw new RasterError("bad-size", `A mask of ${width} x ${height} pixels is too large.`);
  }
  const runs = typeof rle.counts === "string" ? expandRuns(rle.counts) : rle.counts;
  let sum = 0;
  for (const run of runs) {
    if (!Number.isInteger(run) || run < 0) {
      throw new RasterError("bad-rle", "A mask's counts must be whole numbers from 0 up.");
    }
    sum += run;
  }
  if (sum !== height * width) {
    throw new RasterError(
      "bad-rle",
      `A mask's counts add up to ${sum}, but its size ${width} x ${height} has ${height * width} pixels.`,
    );
  }
  return runs;
}

/** Calls `visit` with the set pixels y0..y1-1 of a column, columns ascending, top to bottom. */
function forEachColumnRun(
  runs: readonly number[],
  height: number,
  visit: (x: number, y0: number, y1: number) => void,
): void {
  let at = 0;
  for (let i = 0; i < runs.length; i++) {
    const end = at + (runs[i] ?? 0);
    if (i % 2 === 0) at = end;
    while (at < end) {
      const x = Math.floor(at / height);
      const stop = Math.min(end, (x + 1) * height);
      visit(x, at - x * height, stop - x * height);
      at = stop;
    }
  }
}

/** The set pixels in the smallest rectangle that holds them; an empty rectangle where there are none. */
export function bitmaskFromRle(rle: AnyRle): Bitmask {
  const runs = readRuns(rle);
  const [height] = rle.size;
  const box = runsBox(runs, height) ?? { left: 0, top: 0, right: 0, bottom: 0 };
  const mask = createBitmask(box);
  forEachColumnRun(runs, height, (x, y0, y1) => {
    for (let y = y0; y < y1; y++) mask.data[(y - mask.top) * mask.width + x - mask.left] = 1;
  });
  return mask;
}

function runsBox(runs: readonly number[], height: number): PixelBox | undefined {
  const boxes: PixelBox[] = [];
  let at = 0;
  runs.forEach((run, i) => {
    if (i % 2 === 1 && run > 0) {
      const left = Math.floor(at / height);
      const right = Math.floor((at + run - 1) / height) + 1;
      const top = right - left > 1 ? 0 : at - left * height;
      boxes.push({ left, top, right, bottom: right - left > 1 ? height : top + run });
    }
    at += run;
  });
  return uniteAllPixelBoxes(boxes);
}

/** Set pixels of a run-length code. */
export function runsArea(runs: readonly number[]): number {
  return runs.reduce((area, run, i) => (i % 2 === 1 ? area + run : area), 0);
}

/** The whole image's runs, read from the tiles without expanding them. */
export function runsFromTiles(mask: TileMask): number[] {
  const runs: number[] = [];
  let current = 0;
  let run = 0;
  const add = (value: number, length: number): void => {
    if (value !== current) {
      runs.push(run);
      run = 0;
      current = value;
    }
    run += length;
  };
  for (let column = 0; column < mask.columns; column++) {
    const strips = Array.from({ length: mask.rows }, (_row, row) => {
      const tile = mask.tiles.get(row * mask.columns + column);
      return tile === undefined ? undefined : transposeTile(tile);
    });
    const width = Math.min(TILE_SIDE, mask.width - column * TILE_SIDE);
    for (let x = 0; x < width; x++) {
      strips.forEach((strip, row) => {
        const height = Math.min(TILE_SIDE, mask.height - row * TILE_SIDE);
        if (strip === undefined) add(0, height);
        else addColumn(strip, x, height, add);
      });
    }
  }
  runs.push(run);
  return runs;
}

const WORDS_PER_LINE = TILE_SIDE / 32;

function addColumn(
  strip: Uint32Array,
  x: number,
  height: number,
  add: (value: number, length: number) => void,
): void {
  for (let word = 0; word * 32 < height; word++) {
    let bits = strip[x * WORDS_PER_LINE + word] ?? 0;
    let left = Math.min(32, height - word * 32);
    while (left > 0) {
      const value = bits & 1;
      const others = value === 1 ? ~bits : bits;
      const length = others === 0 ? left : Math.min(left, 31 - Math.clz32(others & -others));
      add(value, length);
      left -= length;
      bits >>>= length;
    }
  }
}

/** The tile with rows and columns exchanged: bit y of line x. */
function transposeTile(tile: Uint8Array): Uint32Array {
  const turned = new Uint8Array(TILE_STRIDE * TILE_SIDE);
  for (let row = 0; row < TILE_SIDE; row += 8) {
    for (let byte = 0; byte < TILE_STRIDE; byte++) {
      let any = 0;
      for (let i = 0; i < 8; i++) any |= tile[(row + i) * TILE_STRIDE + byte] ?? 0;
      if (any === 0) continue;
      for (let bit = 0; bit < 8; bit++) {
        let column = 0;
        for (let i = 0; i < 8; i++) {
          column |= (((tile[(row + i) * TILE_STRIDE + byte] ?? 0) >> bit) & 1) << i;
        }
        turned[(byte * 8 + bit) * TILE_STRIDE + (row >> 3)] = column;
      }
    }
  }
  return new Uint32Array(turned.buffer);
}

export function rleFromTiles(mask: TileMask): CocoRle {
  return { size: [mask.height, mask.width], counts: compressRuns(runsFromTiles(mask)) };
}

/** Of a rectangle within an image of the given size; what lies outside is dropped. */
export function rleFromBitmask(mask: Bitmask, size: ImageSize): CocoRle {
  return rleFromTiles(tilesFromBitmask(mask, size));
}
