import type { Box } from "@limn/shared/geometry";
import type { ModelFamily, ModelFile, ModelRole } from "./probe.ts";
import type { PictureRef } from "./segment-calls.ts";

/** What the worker can be asked that tries a network before anybody may choose it. */
export interface TrialCalls {
  readonly try: {
    readonly request: {
      readonly files: readonly ModelFile[];
      readonly picture: PictureRef;
      readonly box: Box;
    };
    readonly answer:
      | { readonly ok: false; readonly sentence: string }
      | {
          readonly ok: true;
          readonly family: ModelFamily;
          readonly architecture: string;
          readonly files: Partial<Record<ModelRole, ModelFile>>;
          readonly ms: number;
          /** Share of the box that the mask covers. */
          readonly share: number;
          /** WebP: the picture with the box and the mask. */
          readonly shown: Uint8Array;
        };
  };
}
export type Trial = TrialCalls["try"];
