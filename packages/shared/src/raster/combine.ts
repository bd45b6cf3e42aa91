import { type Bitmask, bitmaskBox, createBitmask, cropBitmask, trimBitmask } from "./bitmask.ts";
import { uniteAllPixelBoxes } from "./pixel-box.ts";

export function uniteBitmasks(a: Bitmask, b: Bitmask): Bitmask {
  const box = uniteAllPixelBoxes([bitmaskBox(a), bitmaskBox(b)]);
  if (box === undefined) return a;
  const united = cropBitmask(a, box);
  const other = cropBitmask(b, box);
  for (let i = 0; i < united.data.length; i++) {
    if (other.data[i] === 1) united.data[i] = 1;
  }
  return united;
}

/** What is set in `a` and not in `b`, in the rectangle of `a`. */
export function subtractBitmask(a: Bitmask, b: Bitmask): Bitmask {
  const box = bitmaskBox(a);
  const left = createBitmask(box);
  const other = cropBitmask(b, box);
  for (let i = 0; i < left.data.length; i++) {
    left.data[i] = a.data[i] === 1 && other.data[i] !== 1 ? 1 : 0;
  }
  return left;
}

export function intersectBitmasks(a: Bitmask, b: Bitmask): Bitmask {
  const box = bitmaskBox(a);
  const common = cropBitmask(b, box);
  for (let i = 0; i < common.data.length; i++) {
    if (a.data[i] !== 1) common.data[i] = 0;
  }
  return common;
}

/** How to come from one mask to another without touching what they share. */
export interface MaskDifference {
  /** New without old; undefined when nothing is added. */
  readonly added: Bitmask | undefined;
  /** Old without new; undefined when nothing is removed. */
  readonly removed: Bitmask | undefined;
}

export function differenceOf(before: Bitmask, after: Bitmask): MaskDifference {
  return {
    added: trimBitmask(subtractBitmask(after, before)),
    removed: trimBitmask(subtractBitmask(before, after)),
  };
}
