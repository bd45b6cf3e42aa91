import { type Bitmask, trimBitmask } from "../raster/index.ts";
import { closerCropFor, type Crop, cropFor, inputSizeFor } from "./crop.ts";
import type { Family, SegmentHost, SegmentInput, SegmentOutput, StageTimes } from "./family.ts";
import { maskThatFitsBox } from "./fill-box.ts";
import { lookInMirror } from "./look-in-mirror.ts";
import { projectBack } from "./project-back.ts";
import { emptyMask, finishMask, takeFromCloserLook } from "./refine-mask.ts";
import { CLICK_RADIUS, makeTensors } from "./tensors.ts";

/** A second look at the object pays unless the first one already saw little else. */
const SECOND_LOOK_BELOW = 0.9;

type Times = { -readonly [Stage in keyof StageTimes]: number };

interface Pass {
  /** Cropped to its set pixels. */
  readonly mask: Bitmask;
  readonly score: number;
  readonly size: number;
}

/** Our own network: the whole of it per click, on a crop around the object. */
export const clickNet: Family = {
  id: "click-net",
  async segment(input, host) {
    const times = { crop: 0, network: 0, mask: 0 };
    let crop = cropFor(input, host.pixels);
    // What a closer look will see need not be seen large before.
    const closest = closerCropFor(input, crop);
    const isDetailed = input.mask !== undefined && closest === undefined;
    let pass = await look(input, crop, isDetailed, host, times);
    if (crop.whole && !input.mask) {
      const found = { ...input, mask: pass.mask };
      const closer = pass.mask.width > 0 ? cropFor(found, host.pixels) : undefined;
      const longest = Math.max(host.pixels.width, host.pixels.height);
      if (closer && closer.side < SECOND_LOOK_BELOW * longest) {
        pass = await look(found, closer, true, host, times);
        crop = closer;
      }
    }
    let { mask } = pass;
    let radius = (CLICK_RADIUS * crop.side) / pass.size;
    if (closest) {
      const near = await look({ ...input, mask }, closest, true, host, times);
      mask = takeFromCloserLook(mask, near.mask, closest, host.pixels);
      radius = (CLICK_RADIUS * closest.side) / near.size;
    }
    const began = host.now();
    mask = finishMask(input, mask, radius, host.pixels);
    times.mask += host.now() - began;
    return { mask, score: pass.score, others: () => [], times } satisfies SegmentOutput;
  },
};

async function look(
  input: SegmentInput,
  crop: Crop,
  isDetailed: boolean,
  host: SegmentHost,
  times: Times,
): Promise<Pass> {
  const size = inputSizeFor(crop, isDetailed);
  const began = host.now();
  const tensors = await makeTensors(input, crop, size, host.pixels);
  const cropped = host.now();
  // Clicks and masks say more than the box does.
  const boxAlone = input.mask || input.clicks.length > 0 ? undefined : input.box;
  let logits = await host.run(tensors);
  if (boxAlone) logits = await lookInMirror(tensors, logits, host.run);
  const answered = host.now();
  const mask = boxAlone
    ? maskThatFitsBox(logits, size, crop, host.pixels, boxAlone)
    : (trimBitmask(projectBack(logits, size, crop, host.pixels)) ?? emptyMask());
  times.crop += cropped - began;
  times.network += answered - cropped;
  times.mask += host.now() - answered;
  return { mask, score: meanProbability(logits), size };
}

function meanProbability(logits: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (const logit of logits) {
    if (logit <= 0) continue;
    sum += 1 / (1 + Math.exp(-logit));
    count++;
  }
  return count === 0 ? 0 : sum / count;
}
