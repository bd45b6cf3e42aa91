import { cropBitmask, bitmaskArea } from "@limn/shared/raster";
import sharp from "sharp";
import { answerCalls } from "../workers/answer-calls.ts";
import { decodePicture } from "./decode-picture.ts";
import { ModelRefusal } from "./model-refusal.ts";
import { probeModel, tryWithZeros } from "./probe.ts";
import type { Trial, TrialCalls } from "./trial-calls.ts";
import { drawTrial } from "./trial-picture.ts";

/* The process in which a network is tried that nobody here knows. */

sharp.concurrency(1);

answerCalls<TrialCalls>({
  async try(request) {
    try {
      return await tryModel(request);
    } catch (error) {
      if (error instanceof ModelRefusal) return { ok: false, sentence: error.message };
      throw error;
    }
  },
});

async function tryModel({ files, picture, box }: Trial["request"]): Promise<Trial["answer"]> {
  const model = await probeModel(files);
  await tryWithZeros(model);
  const pixels = await decodePicture(picture.path, picture.width, picture.height);
  const began = performance.now();
  const { mask } = await model.ask(pixels, { box, clicks: [] });
  const ms = performance.now() - began;
  const inBox = cropBitmask(mask, {
    left: Math.floor(box.x),
    top: Math.floor(box.y),
    right: Math.ceil(box.x + box.width),
    bottom: Math.ceil(box.y + box.height),
  });
  return {
    ok: true,
    family: model.family,
    architecture: model.architecture,
    files: model.files,
    ms,
    share: bitmaskArea(inBox) / (inBox.width * inBox.height),
    shown: await drawTrial(picture, mask, box),
  };
}
