import {
  type Bitmask,
  componentBitmask,
  createBitmask,
  findComponents,
  isBitSet,
  type PixelBox,
} from "../raster/index.ts";
import type { Click } from "../segment/index.ts";
import { deepest, type DistanceMap, distanceToClear } from "./distance-transform.ts";
import { normal, type Random } from "./random.ts";
import { errorsOf, type Truth } from "./truth.ts";

/** How much a box grows at most, of its width and height. */
const LOOSENED = 0.15;
/** People: deviation of a box's edges, of its width and height, and of a click, in image pixels. */
const EDGE_NOISE = 0.03;
const TREMOR = 1;

/** The object's box, grown by 0-15 % (each side by its own share), within the picture, in whole pixels. */
export function loosenBox(truth: Truth, random: Random, noise: boolean): PixelBox {
  const { left, top, right, bottom } = truth.bounds;
  const { width, height } = truth.object;
  const grow = (length: number): number =>
    length * ((random() * LOOSENED) / 2 + (noise ? normal(random) * EDGE_NOISE : 0));
  const box = {
    left: Math.max(0, Math.floor(left - grow(right - left))),
    top: Math.max(0, Math.floor(top - grow(bottom - top))),
    right: Math.min(width, Math.ceil(right + grow(right - left))),
    bottom: Math.min(height, Math.ceil(bottom + grow(bottom - top))),
  };
  return {
    ...box,
    right: Math.max(box.right, box.left + 1),
    bottom: Math.max(box.bottom, box.top + 1),
  };
}

/**
 * The next click: the pixel of the wrong parts that is farthest from what is right; undefined when nothing is wrong.
 * With an empty mask that is the object's centre. A pixel is clicked only once. With `noise`, as people do it: somewhere
 * in that part rather than at its centre, now and then in another part, and not quite where the eye was.
 */
export function nextClick(
  mask: Bitmask,
  truth: Truth,
  clicks: readonly Click[],
  noise?: Random,
): Click | undefined {
  const { missing, extra } = errorsOf(mask, truth);
  const inside = distanceToClear(missing);
  const outside = distanceToClear(extra);
  for (const click of clicks) {
    forget(inside, click);
    forget(outside, click);
  }
  const missed = deepest(inside);
  const spilled = deepest(outside);
  if (!missed && !spilled) return undefined;
  const isInside = (missed?.squared ?? 0) >= (spilled?.squared ?? 0);
  const found = isInside ? missed : spilled;
  if (!found) return undefined;
  const at = noise
    ? wander(isInside ? missing : extra, isInside ? inside : outside, found, noise)
    : found;
  return { x: at.x + 0.5, y: at.y + 0.5, inside: isInside };
}

function forget(map: DistanceMap, click: Click): void {
  const column = Math.floor(click.x) - map.left;
  const row = Math.floor(click.y) - map.top;
  if (column < 0 || row < 0 || column >= map.width || row >= map.height) return;
  map.squared[row * map.width + column] = 0;
}

/** A person's click at the wrong part with this centre. */
function wander(
  wrong: Bitmask,
  map: DistanceMap,
  centre: { x: number; y: number },
  random: Random,
): { x: number; y: number } {
  const parts = findComponents(wrong, 8).map((part) => componentBitmask(part));
  const around = parts.find((part) => isBitSet(part, centre.x, centre.y));
  const part = random() < 0.15 ? parts[Math.floor(random() * parts.length)] : around;
  const own = distanceToClear(part ?? createBitmask({ left: 0, top: 0, right: 0, bottom: 0 }));
  const least = (deepest(own)?.squared ?? 0) * (0.1 + 0.6 * random()) ** 2;
  const places: { x: number; y: number }[] = [];
  own.squared.forEach((squared, i) => {
    const x = own.left + (i % own.width);
    const y = own.top + Math.floor(i / own.width);
    // Not where a click lies already: the map has forgotten those.
    const still = map.squared[(y - map.top) * map.width + x - map.left] ?? 0;
    if (squared > 0 && squared >= least && still > 0) places.push({ x, y });
  });
  const place = places[Math.floor(random() * places.length)] ?? centre;
  const shake = (at: number, side: number): number =>
    Math.min(side - 1, Math.max(0, Math.round(at + normal(random) * TREMOR)));
  return { x: shake(place.x, wrong.width), y: shake(place.y, wrong.height) };
}
