import { createSegmenter, type SegmenterOptions } from "../../segment/segmenter.ts";

const CHOICES = ["webgpu", "wasm", "server"] as const;

/** `limn.engine` in the browser's storage pins one engine, for comparing them; `software-gpu` admits a GPU that is none, for tests. */
function pinnedEngine(): SegmenterOptions {
  const wanted = localStorage.getItem("limn.engine");
  if (wanted === "software-gpu") return { softwareGpu: true };
  const only = CHOICES.find((choice) => choice === wanted);
  return only ? { only } : {};
}

/** One network for the whole page: it stays loaded from image to image. */
export const segmenter = createSegmenter(pinnedEngine());
