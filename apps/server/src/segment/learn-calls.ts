import type { Lesson } from "@limn/shared/learn";
import type { CocoRle } from "@limn/shared/raster";

/** A finished object: its mask, or its rings. */
export interface LearnObject {
  readonly id: string;
  readonly rle: CocoRle | null;
  readonly rings: readonly (readonly number[])[] | null;
}

export interface LearnImage {
  readonly id: string;
  readonly picturePath: string;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly LearnObject[];
}

/** Shared with the worker while it learns: how far it is, in thousandths, and whether it is to stop. */
export const PROGRESS = 0;
export const STOP = 1;

/** What the learning worker can be asked. */
export interface LearnCalls {
  readonly learn: {
    readonly request: {
      readonly modelPath: string;
      readonly family: string;
      readonly images: readonly LearnImage[];
      /** Two 32-bit numbers: PROGRESS and STOP. */
      readonly state: SharedArrayBuffer;
    };
    readonly answer: Lesson;
  };
}
