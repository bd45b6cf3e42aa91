import type { Bitmask, PixelBox } from "../raster/index.ts";
import type { Click } from "../segment/index.ts";

/** All that was asked about an object so far: at least a box or a click; `mask` is the answer before. */
export interface Prompt {
  readonly box?: PixelBox;
  readonly clicks: readonly Click[];
  readonly mask?: Bitmask;
}

/** Something that answers prompts about one picture. */
export interface PictureSession {
  predict(prompt: Prompt): Promise<Bitmask>;
}

/** What came of one object: IoU after the box (index 0 in box mode) and after each click. */
export interface Trace {
  readonly overlaps: readonly number[];
  /** Milliseconds of each answer. */
  readonly times: readonly number[];
  /** Shares of changed pixels far from the click, one for each click that changed something. */
  readonly farChanges: readonly number[];
  /** Clicks that ended on their side of the mask, of all clicks of all answers. */
  readonly obeyed: number;
  readonly asked: number;
  /** The answer to the first prompt with a click. */
  readonly shown?: Shown;
}

/** A prompt and its answer, to be looked at. */
export interface Shown {
  readonly prompt: Prompt;
  readonly mask: Bitmask;
  readonly overlap: number;
}

export type Mode = "box" | "clicks";
