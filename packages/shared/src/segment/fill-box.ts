import type { Box } from "../geometry/index.ts";
import { type Bitmask, trimBitmask } from "../raster/index.ts";
import type { Crop } from "./crop.ts";
import { projectBack } from "./project-back.ts";
import { emptyMask } from "./refine-mask.ts";

/** People draw boxes around the whole of an object: a mask whose bounds overlap the box less than this is not what they meant. */
const FITS_FROM = 0.6;
/** How much surer of the object the network is taken to be, in turn. */
const SHIFTS = [0.5, 1, 1.5, 2, 2.5] as const;

/**
 * The mask of logits, or, where that fits the box badly, of logits raised until it fits, or fits best: a network that is unsure says
 * "background" nearly everywhere. Cropped to its set pixels.
 */
export function maskThatFitsBox(
  logits: Float32Array,
  size: number,
  crop: Crop,
  picture: { width: number; height: number },
  box: Box,
): Bitmask {
  const maskOf = (values: Float32Array): Bitmask =>
    trimBitmask(projectBack(values, size, crop, picture)) ?? emptyMask();
  let best = maskOf(logits);
  let fit = overlapOfBounds(best, box);
  for (const shift of SHIFTS) {
    if (fit >= FITS_FROM) break;
    const larger = maskOf(logits.map((logit) => logit + shift));
    const its = overlapOfBounds(larger, box);
    if (its <= fit) continue;
    best = larger;
    fit = its;
  }
  return best;
}

/** Intersection over union of a mask's bounds and a box. */
function overlapOfBounds(mask: Bitmask, box: Box): number {
  const across = Math.min(mask.left + mask.width, box.x + box.width) - Math.max(mask.left, box.x);
  const down = Math.min(mask.top + mask.height, box.y + box.height) - Math.max(mask.top, box.y);
  const common = Math.max(0, across) * Math.max(0, down);
  const all = mask.width * mask.height + box.width * box.height - common;
  return all > 0 ? common / all : 0;
}
