import type { AnnotationRecord, AttributeValue, Command } from "@limn/shared/document";
import type { Rle } from "@limn/shared/api";

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** An object as it comes in over HTTP or from a job: exactly one of `rle`, `rings` and `bbox`. */
export interface NewAnnotation {
  /** Made by the caller, so that a retry adds nothing. */
  readonly id: string;
  readonly classId: string;
  readonly name?: string | undefined;
  readonly attributes?: Readonly<Record<string, AttributeValue>> | undefined;
  readonly rle?: Rle | undefined;
  readonly rings?: readonly (readonly number[])[] | undefined;
  readonly bbox?: readonly [number, number, number, number] | undefined;
}

export type Built =
  | { readonly ok: true; readonly commands: readonly Command[] }
  | { readonly ok: false; readonly sentence: string };

export interface Summary {
  readonly objects: number;
  readonly perClass: Readonly<Record<string, number>>;
  /** A small PNG of all objects in their colours; null where there is nothing. */
  readonly overlay: Uint8Array | null;
}

/** What document workers can be asked. `state` is a whole document as Yjs bytes. */
export interface DocumentCalls {
  /** The objects, lowest first; with `ids` only those. */
  readonly read: {
    readonly request: {
      readonly state: Uint8Array;
      readonly size: ImageSize;
      readonly ids: readonly string[] | null;
    };
    readonly answer: readonly AnnotationRecord[];
  };
  /** Geometry of objects to come, turned into commands of one author, without any document. */
  readonly build: {
    readonly request: {
      readonly annotations: readonly NewAnnotation[];
      readonly size: ImageSize;
      readonly author: number;
    };
    readonly answer: Built;
  };
  /**
   * The worker keeps documents that it has summarised. `since` is the state vector that it named then: `state` is only
   * what came after, and the answer is null where the worker has let go of the document.
   */
  readonly summarize: {
    readonly request: {
      readonly imageId: string;
      readonly state: Uint8Array;
      readonly since: Uint8Array | null;
      readonly size: ImageSize;
      /** Class id -> #rrggbb. */
      readonly colors: Readonly<Record<string, string>>;
      readonly maxSide: number;
    };
    readonly answer: { readonly summary: Summary; readonly stateVector: Uint8Array } | null;
  };
}
