import type { PictureSession, Trace, Truth } from "@limn/shared/learn";

/** A picture, decoded: RGBA, row by row. */
export interface Picture {
  readonly name: string;
  readonly path: string;
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

export interface Predictor {
  /** For the report: the model's id, or the method's name. */
  readonly model: string;
  /** Milliseconds that an encoder took for each picture so far; absent: there is none. */
  readonly encoderTimes?: readonly number[];
  open(picture: Picture): Promise<PictureSession>;
  close(): Promise<void>;
}

/** Something that is measured without asking: how few clicks would do. */
export interface Baseline {
  readonly model: string;
  /** IoU after 0, 1, 2, ... clicks. */
  measure(truth: Truth): Trace;
}
