/** Whole pixels: columns left..right-1 and rows top..bottom-1. Empty when right <= left or bottom <= top. */
export interface PixelBox {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function intersectPixelBoxes(a: PixelBox, b: PixelBox): PixelBox {
  return {
    left: Math.max(a.left, b.left),
    top: Math.max(a.top, b.top),
    right: Math.min(a.right, b.right),
    bottom: Math.min(a.bottom, b.bottom),
  };
}

export function isEmptyPixelBox(box: PixelBox): boolean {
  return box.right <= box.left || box.bottom <= box.top;
}

export function uniteAllPixelBoxes(boxes: Iterable<PixelBox>): PixelBox | undefined {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const box of boxes) {
    if (isEmptyPixelBox(box)) continue;
    left = Math.min(left, box.left);
    top = Math.min(top, box.top);
    right = Math.max(right, box.right);
    bottom = Math.max(bottom, box.bottom);
  }
  return right > left ? { left, top, right, bottom } : undefined;
}
