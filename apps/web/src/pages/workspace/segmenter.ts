import { createSegmenter, type SegmenterOptions } from "../../segment/segmenter.ts";

const CHOICES = ["webgpu", "wasm", "server"] as const;

/** `limn.engine` in the browser's storage pins one engine, for comparing them. */
function pinnedEngine(): SegmenterOptions {
  const wanted = localStorage.getItem("limn.engine");
  const only = CHOICES.find((choice) => choice === wanted);
  return only ? { only } : {};
}

/** One network for the whole page: it stays loaded from image to image. */
export const segmenter = createSegmenter(pinnedEngine());
