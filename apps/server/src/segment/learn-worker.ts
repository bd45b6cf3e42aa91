import { type Example, learn, type Truth } from "@limn/shared/learn";
import {
  type Bitmask,
  bitmaskBounds,
  bitmaskFromRle,
  createBitmask,
  cropBitmask,
  fillRings,
} from "@limn/shared/raster";
import { familyOf } from "@limn/shared/segment";
import sharp from "sharp";
import { answerCalls } from "../workers/answer-calls.ts";
import { decodePicture } from "./decode-picture.ts";
import {
  type LearnCalls,
  type LearnImage,
  type LearnObject,
  PROGRESS,
  STOP,
} from "./learn-calls.ts";
import { openNetwork } from "./network.ts";

/* The thread that learns from a project: minutes of work beside the one that answers clicks. */

sharp.concurrency(1);

/** Whoever draws meanwhile needs the other cores. */
const THREADS = 1;
/** Larger pictures are learnt from at a half, a quarter, ...: the network sees 384 pixels across at most. */
const LONGEST_SIDE = 2048;

answerCalls<LearnCalls>({
  async learn({ modelPath, family: familyId, images, state }) {
    const family = familyOf(familyId);
    if (!family) throw new Error(`This server does not know models of the kind ${familyId}.`);
    const network = await openNetwork(modelPath, THREADS);
    const shared = new Int32Array(state);
    const check = (): void => {
      if (Atomics.load(shared, STOP) === 1) throw new Error("Learning was stopped.");
    };
    return learn(images.flatMap(examplesOf), {
      family,
      run(input) {
        // Nobody waits longer than one answer of the network for a stop to be obeyed.
        check();
        return network.runWithFeatures(input);
      },
      now: () => performance.now(),
      progress: (share) => void Atomics.store(shared, PROGRESS, Math.round(1000 * share)),
      check,
    });
  },
});

function examplesOf(image: LearnImage): Example[] {
  let shrink = 1;
  while (Math.max(image.width, image.height) / shrink > LONGEST_SIDE) shrink *= 2;
  const width = Math.ceil(image.width / shrink);
  const height = Math.ceil(image.height / shrink);
  return image.objects.map((object) => ({
    name: object.id,
    image: image.id,
    open: async () => ({
      pixels: await decodePicture(image.picturePath, width, height),
      truth: truthOf(object, image, shrink, { width, height }),
    }),
  }));
}

function truthOf(
  object: LearnObject,
  image: LearnImage,
  shrink: number,
  size: { width: number; height: number },
): Truth {
  const whole = { left: 0, top: 0, right: image.width, bottom: image.height };
  const full = object.rle
    ? cropBitmask(bitmaskFromRle(object.rle), whole)
    : fillRings(object.rings ?? [], "union", whole);
  const mask = shrinkMask(full, shrink, size);
  const all = { left: 0, top: 0, right: size.width, bottom: size.height };
  return { object: mask, ignored: createBitmask(all), bounds: bitmaskBounds(mask) ?? all };
}

/** The pixel in the middle of each square of `shrink` x `shrink`. */
function shrinkMask(
  mask: Bitmask,
  shrink: number,
  size: { width: number; height: number },
): Bitmask {
  if (shrink === 1) return mask;
  const small = createBitmask({ left: 0, top: 0, right: size.width, bottom: size.height });
  for (let y = 0; y < size.height; y++) {
    const row = Math.min(mask.height - 1, y * shrink + shrink / 2) * mask.width;
    for (let x = 0; x < size.width; x++)
      small.data[y * size.width + x] =
        mask.data[row + Math.min(mask.width - 1, x * shrink + shrink / 2)] ?? 0;
  }
  return small;
}
