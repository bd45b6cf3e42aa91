import type { PixelBox } from "../raster/index.ts";
import type { PixelSource, PixelWindow } from "./family.ts";

interface Level {
  readonly columns: number;
  readonly rows: number;
  readonly data: Uint8Array;
}

/**
 * A decoded picture as a pixel source: RGBA, row by row, `columns` x `rows` samples of a picture of `width` x `height`
 * pixels (the same, unless the picture is too large to be decoded whole). Halved copies are made when they are first asked
 * for (means of 2 x 2, as the area filter gives), so that a look at the whole of a large picture costs what a small one
 * does.
 */
export function createPixelPyramid(
  decoded: {
    readonly data: Uint8Array | Uint8ClampedArray;
    readonly columns: number;
    readonly rows: number;
  },
  width: number,
  height: number,
): PixelSource {
  const { data, columns, rows } = decoded;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const levels: Level[] = [{ columns, rows, data: bytes }];
  const base = width / columns;

  function levelFor(scale: number): { level: Level; factor: number } {
    let factor = base;
    let at = 0;
    // Half is enough while it still has as many samples as are wanted, and halves exactly.
    while (1 / (2 * factor) >= scale) {
      const below = levels[at + 1] ?? halve(levels[at]);
      if (!below) break;
      levels[at + 1] = below;
      factor *= 2;
      at++;
    }
    const level = levels[at];
    if (!level) throw new RangeError("a picture has at least one level");
    return { level, factor };
  }

  return {
    width,
    height,
    read(box, scale) {
      const { level, factor } = levelFor(scale);
      return Promise.resolve(cut(level, factor, box, width, height));
    },
  };
}

/** Means of 2 x 2 samples; undefined once a side is too small. An odd last column or row is left out. */
function halve(level: Level | undefined): Level | undefined {
  if (!level || level.columns < 4 || level.rows < 4) return undefined;
  const columns = level.columns >> 1;
  const rows = level.rows >> 1;
  const from = level.data;
  const data = new Uint8Array(4 * columns * rows);
  const stride = 4 * level.columns;
  let out = 0;
  for (let y = 0; y < rows; y++) {
    let above = 2 * y * stride;
    for (let x = 0; x < columns; x++, above += 8) {
      const below = above + stride;
      // The network is shown colours alone: nobody reads the fourth byte.
      for (let i = 0; i < 3; i++)
        data[out + i] =
          ((from[above + i] ?? 0) +
            (from[above + 4 + i] ?? 0) +
            (from[below + i] ?? 0) +
            (from[below + 4 + i] ?? 0) +
            2) >>
          2;
      data[out + 3] = 255;
      out += 4;
    }
  }
  return { columns, rows, data };
}

/** The samples that cover the box, with the box that they cover exactly. */
function cut(
  level: Level,
  factor: number,
  box: PixelBox,
  width: number,
  height: number,
): PixelWindow {
  const x0 = Math.floor(box.left / factor);
  const y0 = Math.floor(box.top / factor);
  // An odd last column or row has no sample of its own in the halved copies: the picture's edge ends a little earlier.
  const x1 = Math.min(level.columns, Math.max(x0 + 1, Math.ceil(box.right / factor)));
  const y1 = Math.min(level.rows, Math.max(y0 + 1, Math.ceil(box.bottom / factor)));
  const columns = x1 - x0;
  const rows = y1 - y0;
  const data = new Uint8Array(4 * columns * rows);
  for (let y = 0; y < rows; y++) {
    const from = 4 * ((y0 + y) * level.columns + x0);
    data.set(level.data.subarray(from, from + 4 * columns), 4 * y * columns);
  }
  return {
    box: {
      left: x0 * factor,
      top: y0 * factor,
      right: Math.min(width, x1 * factor),
      bottom: Math.min(height, y1 * factor),
    },
    columns,
    rows,
    data,
  };
}
