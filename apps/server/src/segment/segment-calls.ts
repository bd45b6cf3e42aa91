import type { Bitmask } from "@limn/shared/raster";
import type { LastLayer } from "@limn/shared/learn";
import type { SegmentInput, StageTimes } from "@limn/shared/segment";

/** What the inference worker can be asked. */
export interface SegmentCalls {
  /** Loads a model, so that the first click does not wait for it. */
  readonly load: {
    readonly request: { readonly modelPath: string };
    readonly answer: { readonly ms: number };
  };
  readonly segment: {
    readonly request: {
      readonly modelPath: string;
      /** A change to its last layer. */
      readonly layer: LastLayer | null;
      /** Id of the family that the model belongs to. */
      readonly family: string;
      /** The picture as browsers see it. */
      readonly picturePath: string;
      /** Equal keys are equal pixels: decoded pictures are kept for the next click. */
      readonly pictureKey: string;
      readonly width: number;
      readonly height: number;
      readonly input: SegmentInput;
    };
    readonly answer: { readonly mask: Bitmask; readonly score: number; readonly times: StageTimes };
  };
}
