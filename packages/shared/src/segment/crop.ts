import type { Box } from "../geometry/index.ts";
import { bitmaskBounds } from "../raster/index.ts";
import type { SegmentInput } from "./family.ts";

/** A square of the picture that the network sees; may reach over the picture's edge. */
export interface Crop {
  readonly centerX: number;
  readonly centerY: number;
  readonly side: number;
  /** There was nothing to go by but the whole picture. */
  readonly whole: boolean;
}

const CONTEXT_WITH_BOX = 1.25;
const CONTEXT_WITHOUT_BOX = 1.4;
const SMALLEST_SIDE = 32;
/** A click this much outside the crop widens it; one farther away does not. */
const CLICK_MARGIN = 2.1;
const WIDEST_BY_CLICK = 1.6;

interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Where the network looks (models/default/model.json, `crop`): around box, mask and clicks inside. */
export function cropFor(input: SegmentInput, size: { width: number; height: number }): Crop {
  const bounds = input.mask && bitmaskBounds(input.mask);
  const rect = rectOf(input.box, bounds);
  if (!rect)
    return {
      centerX: size.width / 2,
      centerY: size.height / 2,
      side: Math.max(size.width, size.height),
      whole: true,
    };
  for (const { x, y, inside } of input.clicks) {
    if (!inside) continue;
    const column = Math.floor(x);
    const row = Math.floor(y);
    rect.left = Math.min(rect.left, column);
    rect.top = Math.min(rect.top, row);
    rect.right = Math.max(rect.right, column + 1);
    rect.bottom = Math.max(rect.bottom, row + 1);
  }
  const context = input.box ? CONTEXT_WITH_BOX : CONTEXT_WITHOUT_BOX;
  const centerX = (rect.left + rect.right) / 2;
  const centerY = (rect.top + rect.bottom) / 2;
  let side = Math.max(rect.right - rect.left, rect.bottom - rect.top) * context;
  for (const { x, y } of input.clicks) {
    const reach =
      CLICK_MARGIN *
      Math.max(Math.abs(Math.floor(x) + 0.5 - centerX), Math.abs(Math.floor(y) + 0.5 - centerY));
    if (reach > side && reach < side * WIDEST_BY_CLICK) side = reach;
  }
  return { centerX, centerY, side: Math.max(side, SMALLEST_SIDE), whole: false };
}

function rectOf(box: Box | undefined, bounds: Rect | undefined): Rect | undefined {
  if (!box) return bounds && { ...bounds };
  const rect = { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height };
  if (!bounds) return rect;
  return {
    left: Math.min(rect.left, bounds.left),
    top: Math.min(rect.top, bounds.top),
    right: Math.max(rect.right, bounds.right),
    bottom: Math.max(rect.bottom, bounds.bottom),
  };
}

/** From this many clicks on, what is left to correct is small beside the object. */
const CLOSER_FROM_CLICKS = 3;
const CLOSER_SIDE = 0.4;
/** A crop hardly smaller than the first one shows nothing new. */
const CLOSER_AT_MOST = 0.8;

/** Where the network looks again, at what the last click corrects; undefined where that does not pay. */
export function closerCropFor(input: SegmentInput, crop: Crop): Crop | undefined {
  const last = input.clicks.at(-1);
  if (!last || !input.mask || input.clicks.length < CLOSER_FROM_CLICKS) return undefined;
  const side = Math.max(SMALLEST_SIDE, CLOSER_SIDE * crop.side);
  if (side > CLOSER_AT_MOST * crop.side) return undefined;
  return {
    centerX: Math.floor(last.x) + 0.5,
    centerY: Math.floor(last.y) + 0.5,
    side,
    whole: false,
  };
}

const SIZE_FIRST = 256;
const SIZE_REFINED = 384;
const REFINED_FROM_SIDE = 320;

/** Side of the network's input: bigger for details, unless the crop is an enlargement. */
export function inputSizeFor(crop: Crop, isDetailed: boolean): number {
  return isDetailed && crop.side >= REFINED_FROM_SIDE ? SIZE_REFINED : SIZE_FIRST;
}
