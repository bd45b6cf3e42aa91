import type { Box, Point } from "../geometry/index.ts";
import type { Bitmask, PixelBox } from "../raster/index.ts";
import type { Candidate } from "./candidates.ts";
import type { Network } from "./network.ts";
import type { Signature } from "./signature.ts";

/** Part of a picture, perhaps reduced. RGBA, row by row, `columns` x `rows` samples that cover `box` evenly. */
export interface PixelWindow {
  readonly box: PixelBox;
  readonly columns: number;
  readonly rows: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Where the pixels of a picture come from: decoded tiles in a browser, sharp at the server. */
export interface PixelSource {
  readonly width: number;
  readonly height: number;
  /**
   * The pixels of a box within the picture, with at least `scale` samples per pixel (at most 1): a source that keeps
   * halved copies gives the smallest that suffices.
   */
  read(box: PixelBox, scale: number): Promise<PixelWindow>;
}

/** A click in image pixels; x, y are continuous, the first pixel spans 0..1. */
export interface Click extends Point {
  readonly inside: boolean;
}

/** What a person asks: at least a box or a click. */
export interface SegmentInput {
  readonly box?: Box;
  readonly clicks: readonly Click[];
  /** The object as it is seen now. */
  readonly mask?: Bitmask;
  /** Only the part of the mask that hangs together with the last click may change. */
  readonly protect?: boolean;
}

/** One call of the network: `image` is [1, 3, size, size] RGB 0..255, `prompt` [1, 4, size, size]. */
export interface NetworkInput {
  readonly size: number;
  readonly image: Float32Array<ArrayBuffer>;
  readonly prompt: Float32Array<ArrayBuffer>;
}

/** Runs the session: gives the logits, [size, size] row by row; above 0 is the object. */
export type RunNetwork = (input: NetworkInput) => Promise<Float32Array>;

/** Milliseconds per stage. */
export interface StageTimes {
  /** Reading pixels and making tensors. */
  readonly crop: number;
  readonly network: number;
  /** Bringing logits back to the picture and merging. */
  readonly mask: number;
}

export interface SegmentOutput {
  /** Within the picture, cropped to its set pixels; 0 x 0 when the network found nothing. Its memory is the caller's. */
  readonly mask: Bitmask;
  /** 0..1: the mean probability of the object's pixels, or what the network itself expects of its mask. */
  readonly score: number;
  /**
   * What else the network may have been asked for, best first; none of a network that gives one mask. Made when it is called:
   * each takes as long to finish as the mask did, which nobody is to wait for.
   */
  readonly others: () => readonly Candidate[];
  readonly times: StageTimes;
}

/** What goes into a network or comes out of it, row-major. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

export interface EncodedPicture {
  /** The encoder's outputs in its own order. */
  readonly embedding: readonly Tensor[];
  readonly decoder: Network;
}

export interface SegmentHost {
  readonly pixels: PixelSource;
  /** The whole network; families with an encoder do not call it. */
  readonly run: RunNetwork;
  /** For families with an encoder. */
  readonly encoded?: EncodedPicture;
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
}

/** How to talk to one kind of network. A new kind is one file and one line in `families.ts`. */
export interface Family {
  readonly id: string;
  /** What the encoder is shown of a picture; absent: the network has no encoder and sees the picture with every prompt. */
  encoderInput?(pixels: PixelSource, encoder: Signature): Promise<Record<string, Tensor>>;
  segment(input: SegmentInput, host: SegmentHost): Promise<SegmentOutput>;
}
