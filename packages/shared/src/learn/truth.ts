import { type Bitmask, bitmaskArea, cropBitmask, type PixelBox } from "../raster/index.ts";

/** What an object really is. Both masks cover the whole picture. */
export interface Truth {
  readonly object: Bitmask;
  /** Pixels that count neither as right nor as wrong. */
  readonly ignored: Bitmask;
  /** Exact box of the object. */
  readonly bounds: PixelBox;
}

/** The same pixels, in the rectangle of the whole picture. */
export function overPicture(mask: Bitmask, truth: Truth): Bitmask {
  const { width, height } = truth.object;
  if (mask.left === 0 && mask.top === 0 && mask.width === width && mask.height === height)
    return mask;
  return cropBitmask(mask, { left: 0, top: 0, right: width, bottom: height });
}

/** Intersection over union of a mask and the object, without the ignored pixels; 1 when both are empty. */
export function overlap(mask: Bitmask, truth: Truth): number {
  const { object, ignored } = truth;
  const { data } = overPicture(mask, truth);
  let common = 0;
  let either = 0;
  for (let i = 0; i < data.length; i++) {
    if (ignored.data[i] === 1) continue;
    const a = data[i] ?? 0;
    const b = object.data[i] ?? 0;
    common += a & b;
    either += a | b;
  }
  return either === 0 ? 1 : common / either;
}

/** Where a mask is wrong: parts of the object that it misses, and what it has too much. */
export function errorsOf(mask: Bitmask, truth: Truth): { missing: Bitmask; extra: Bitmask } {
  const { object, ignored } = truth;
  const { data } = overPicture(mask, truth);
  const missing = { ...object, data: new Uint8Array(data.length) };
  const extra = { ...object, data: new Uint8Array(data.length) };
  for (let i = 0; i < data.length; i++) {
    if (ignored.data[i] === 1) continue;
    const a = data[i] ?? 0;
    const b = object.data[i] ?? 0;
    missing.data[i] = b & ~a & 1;
    extra.data[i] = a & ~b & 1;
  }
  return { missing, extra };
}

/**
 * Share of the changed pixels that lie farther from the click than half the square root of the object's area;
 * undefined when nothing changed.
 */
export function farChange(
  before: Bitmask,
  after: Bitmask,
  click: { readonly x: number; readonly y: number },
  truth: Truth,
): number | undefined {
  const old = overPicture(before, truth);
  const now = overPicture(after, truth);
  const near = 0.5 * Math.sqrt(bitmaskArea(truth.object));
  let changed = 0;
  let far = 0;
  for (let y = 0; y < old.height; y++)
    for (let x = 0; x < old.width; x++) {
      const i = y * old.width + x;
      if (old.data[i] === now.data[i]) continue;
      changed++;
      if (Math.hypot(x + 0.5 - click.x, y + 0.5 - click.y) > near) far++;
    }
  return changed === 0 ? undefined : far / changed;
}
