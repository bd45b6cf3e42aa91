import type { LastLayer } from "@limn/shared/learn";
import type { Candidate, SegmentInput, SegmentOutput } from "@limn/shared/segment";
import type { LoadableFile } from "./model-files.ts";

/** A picture as browsers see it. */
export interface PictureRef {
  readonly path: string;
  /** Equal keys are equal pixels: decoded pictures are kept for the next click. */
  readonly key: string;
  readonly width: number;
  readonly height: number;
}

/** What the inference worker can be asked. */
export interface SegmentCalls {
  /** Shows a picture to an encoder; gives its embedding, packed. */
  readonly encode: {
    readonly request: {
      /** Id of the family that the model belongs to. */
      readonly family: string;
      readonly encoder: LoadableFile;
      readonly picture: PictureRef;
    };
    readonly answer: { readonly packed: Uint8Array; readonly ms: number };
  };
  readonly segment: {
    readonly request: {
      readonly family: string;
      /** The whole network, or its decoder. */
      readonly network: LoadableFile;
      /** For a decoder: what the encoder gave; equal keys are equal embeddings. */
      readonly embedding: { readonly path: string; readonly key: string } | null;
      /** A change to its last layer. */
      readonly layer: LastLayer | null;
      readonly picture: PictureRef;
      readonly input: SegmentInput;
    };
    readonly answer: Omit<SegmentOutput, "others"> & { readonly others: readonly Candidate[] };
  };
}
