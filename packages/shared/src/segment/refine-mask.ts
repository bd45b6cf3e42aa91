import {
  type Bitmask,
  bitmaskArea,
  bitmaskBounds,
  bitmaskBox,
  type Component,
  createBitmask,
  cropBitmask,
  findComponents,
  isBitSet,
  trimBitmask,
  uniteAllPixelBoxes,
} from "../raster/index.ts";
import type { Crop } from "./crop.ts";
import type { Click, SegmentInput } from "./family.ts";

/** With a box, parts smaller than this share of the largest are dropped. */
const SMALL_PART = 0.05;
/** Holes smaller than this share of the mask are filled. */
const SMALL_HOLE = 0.005;

/** From this many clicks on a click changes only what hangs together with it. */
const PROTECT_FROM_CLICKS = 3;

/** A new one each time: whoever gets an answer may move its memory to another thread. */
export const emptyMask = (): Bitmask => createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });

const pixelOf = (click: Click): { x: number; y: number } => ({
  x: Math.floor(click.x),
  y: Math.floor(click.y),
});

function holds(component: Component, x: number, y: number): boolean {
  return component.runs.some((run) => run.y === y && x >= run.x0 && x < run.x1);
}

function erase(mask: Bitmask, component: Component, value: 0 | 1): void {
  for (const { y, x0, x1 } of component.runs) {
    const row = (y - mask.top) * mask.width - mask.left;
    mask.data.fill(value, row + x0, row + x1);
  }
}

/**
 * Drops parts that nobody asked for. With a box: parts without a click inside that are under 5 % of the largest.
 * By clicks alone: all parts without a click inside; when none has one, all but the largest. Changes the mask.
 */
export function dropStrayParts(mask: Bitmask, clicks: readonly Click[], withBox: boolean): void {
  const parts = findComponents(mask, 8);
  if (parts.length < 2) return;
  const inside = clicks.filter((click) => click.inside).map(pixelOf);
  const largest = parts.reduce((area, part) => Math.max(area, part.area), 0);
  const clicked = parts.filter((part) => inside.some(({ x, y }) => holds(part, x, y)));
  const kept = new Set(clicked);
  if (withBox) for (const part of parts) if (part.area >= SMALL_PART * largest) kept.add(part);
  if (!withBox && clicked.length === 0) {
    const first = parts.find((part) => part.area === largest);
    if (first) kept.add(first);
  }
  for (const part of parts) if (!kept.has(part)) erase(mask, part, 0);
}

/** Fills holes under 0.5 % of the mask that do not touch the picture's edge and hold no click outside. Changes the mask. */
export function fillSmallHoles(
  mask: Bitmask,
  clicks: readonly Click[],
  picture: { width: number; height: number },
): void {
  const bounds = bitmaskBounds(mask);
  if (!bounds) return;
  const limit = SMALL_HOLE * bitmaskArea(mask);
  const outside = clicks.filter((click) => !click.inside).map(pixelOf);
  // Background of the bounds; what reaches their edge is the outside or touches the picture's edge.
  const ground = createBitmask(bounds);
  const part = cropBitmask(mask, bounds);
  for (let i = 0; i < ground.data.length; i++) ground.data[i] = part.data[i] === 1 ? 0 : 1;
  for (const hole of findComponents(ground, 4)) {
    const { left, top, right, bottom } = hole.box;
    if (left === bounds.left || top === bounds.top) continue;
    if (right === bounds.right || bottom === bounds.bottom) continue;
    if (left === 0 || top === 0 || right === picture.width || bottom === picture.height) continue;
    if (hole.area >= limit || outside.some(({ x, y }) => holds(hole, x, y))) continue;
    erase(mask, hole, 1);
  }
}

/**
 * The old mask with only that change of the new one that hangs together with the click. Where the click's pixel did not
 * change the new mask is taken as it is.
 */
export function mergeNearClick(before: Bitmask, after: Bitmask, click: Click): Bitmask {
  const { x, y } = pixelOf(click);
  if (isBitSet(before, x, y) === isBitSet(after, x, y)) return after;
  const box = uniteAllPixelBoxes([bitmaskBox(before), bitmaskBox(after)]);
  if (!box) return after;
  const merged = cropBitmask(before, box);
  const wanted = cropBitmask(after, box);
  const changed = createBitmask(box);
  for (let i = 0; i < changed.data.length; i++)
    changed.data[i] = merged.data[i] === wanted.data[i] ? 0 : 1;
  const near = findComponents(changed, 8).find((part) => holds(part, x, y));
  for (const run of near?.runs ?? []) {
    const row = (run.y - box.top) * merged.width - box.left;
    for (let i = row + run.x0; i < row + run.x1; i++) merged.data[i] = wanted.data[i] ?? 0;
  }
  return merged;
}

/** The share of a closer look's side that is taken over; towards the edge of a crop the network sees too little. */
const CLOSER_DIAMETER = 0.8;

/** The mask with the disc in the middle of a crop taken from `near`, in a box that holds both. */
export function takeFromCloserLook(
  mask: Bitmask,
  near: Bitmask,
  { centerX, centerY, side }: Crop,
  picture: { width: number; height: number },
): Bitmask {
  const radius = (CLOSER_DIAMETER * side) / 2;
  const disc = {
    left: Math.max(0, Math.floor(centerX - radius)),
    top: Math.max(0, Math.floor(centerY - radius)),
    right: Math.min(picture.width, Math.ceil(centerX + radius)),
    bottom: Math.min(picture.height, Math.ceil(centerY + radius)),
  };
  const merged = cropBitmask(mask, uniteAllPixelBoxes([bitmaskBox(mask), disc]) ?? disc);
  const seen = cropBitmask(near, disc);
  for (let y = disc.top; y < disc.bottom; y++) {
    // Half the length of the disc's row, as in x² + y² = r².
    const half = Math.sqrt(Math.max(0, radius ** 2 - (y + 0.5 - centerY) ** 2));
    const from = Math.max(disc.left, Math.ceil(centerX - half - 0.5));
    const to = Math.min(disc.right, Math.floor(centerX + half - 0.5) + 1);
    if (from >= to) continue;
    const row = (y - disc.top) * seen.width - disc.left;
    merged.data.set(
      seen.data.subarray(row + from, row + to),
      (y - merged.top) * merged.width + from - merged.left,
    );
  }
  return merged;
}

/**
 * Every click ends on its side: where the mask disagrees with one, the disc that the network was shown for it (`radius`
 * image pixels) gets the click's value, the later click winning. Gives the mask in a box that holds all discs.
 */
export function obeyClicks(
  mask: Bitmask,
  clicks: readonly Click[],
  radius: number,
  picture: { width: number; height: number },
): Bitmask {
  const broken = clicks.filter((click) => {
    const { x, y } = pixelOf(click);
    return isBitSet(mask, x, y) !== click.inside;
  });
  if (broken.length === 0) return mask;
  const reach = Math.max(1, Math.ceil(radius));
  const discs = broken.map((click) => ({
    left: Math.max(0, Math.floor(click.x) - reach),
    top: Math.max(0, Math.floor(click.y) - reach),
    right: Math.min(picture.width, Math.floor(click.x) + reach + 1),
    bottom: Math.min(picture.height, Math.floor(click.y) + reach + 1),
  }));
  const grown = cropBitmask(
    mask,
    uniteAllPixelBoxes([bitmaskBox(mask), ...discs]) ?? bitmaskBox(mask),
  );
  broken.forEach((click, i) => {
    const disc = discs[i];
    if (!disc) return;
    const { x, y } = pixelOf(click);
    for (let row = disc.top; row < disc.bottom; row++)
      for (let column = disc.left; column < disc.right; column++) {
        if (Math.hypot(column - x, row - y) > radius && (column !== x || row !== y)) continue;
        // A disc never overrules the pixel of another click.
        const other = clicks.some(
          (each) =>
            each.inside !== click.inside && pixelOf(each).x === column && pixelOf(each).y === row,
        );
        if (!other)
          grown.data[(row - grown.top) * grown.width + column - grown.left] = click.inside ? 1 : 0;
      }
  });
  return grown;
}

/**
 * What becomes of a network's mask (rules S6-S8), cropped to its set pixels. `radius`: of a click's disc, in image pixels.
 * Changes the mask.
 */
export function finishMask(
  input: SegmentInput,
  mask: Bitmask,
  radius: number,
  picture: { width: number; height: number },
): Bitmask {
  dropStrayParts(mask, input.clicks, input.box !== undefined);
  fillSmallHoles(mask, input.clicks, picture);
  const last = input.clicks.at(-1);
  const protect = input.protect === true || input.clicks.length >= PROTECT_FROM_CLICKS;
  const merged =
    protect && last && input.mask && bitmaskArea(input.mask) > 0
      ? mergeNearClick(input.mask, mask, last)
      : mask;
  return trimBitmask(obeyClicks(merged, input.clicks, radius, picture)) ?? emptyMask();
}
