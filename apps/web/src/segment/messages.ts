import type { LastLayer } from "@limn/shared/learn";
import type { Candidate, SegmentInput, SegmentOutput } from "@limn/shared/segment";

/** The picture that is asked about. */
export interface ImageRef {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}

export type WorkerEngine = "wasm" | "webgpu";

/** A network with files of its own: one that was installed on the server, or brought to the project. */
export interface OwnNetwork {
  readonly family: string;
  /** Of its file, with its version, so that equal addresses are equal files. */
  readonly address: string;
  /** What its encoder gives, by the network's id and its version; null: it has none. */
  readonly embedding: {
    readonly model: string;
    readonly version: string;
    /** Address of the encoder's file; null for one that only the server should run. */
    readonly encoder: string | null;
  } | null;
}

/** The network that the project at hand uses. */
export interface ProjectModel {
  readonly name: string;
  /** What it changes in the last layer of the network that comes with the product. */
  readonly layer: LastLayer | null;
  /** A network with files of its own. */
  readonly own: OwnNetwork | null;
  /** False for a network that only the server can run. */
  readonly runsHere: boolean;
  /** The server's network has an encoder, which takes its time for each picture. */
  readonly encodes: boolean;
}

export type ToWorker =
  /** Loads the network; with `selfTest` it must answer the stored question rightly within the time. */
  | {
      readonly id: number;
      readonly type: "load";
      readonly engine: WorkerEngine;
      readonly threads: number;
      /** Admits graphics adapters that are software: for tests alone. */
      readonly softwareGpu: boolean;
    }
  /** Loads what the first question about the picture needs. */
  | {
      readonly id: number;
      readonly type: "prepare";
      readonly image: ImageRef;
      readonly own: OwnNetwork | null;
    }
  | {
      readonly id: number;
      readonly type: "segment";
      readonly image: ImageRef;
      readonly input: SegmentInput;
      /** What the project's network changes in the last layer. */
      readonly layer: LastLayer | null;
      /** Asked instead of the network that comes with the product. */
      readonly own: OwnNetwork | null;
    }
  /** Has the picture seen by the project's encoder on the graphics card, and sends what it gives; needs nothing loaded before. */
  | {
      readonly id: number;
      readonly type: "encode";
      readonly image: ImageRef;
      readonly own: OwnNetwork;
      /** Compares it with the server's, which is there, and measures. */
      readonly check: boolean;
      readonly softwareGpu: boolean;
    }
  /** What else the last question's answer may be; nothing once another one was asked. */
  | { readonly id: number; readonly type: "others"; readonly of: number };

/** Every message is answered, failures included. */
export type FromWorker =
  | { readonly id: number; readonly type: "loaded"; readonly threads: number; readonly ms: number }
  | { readonly id: number; readonly type: "prepared" }
  | {
      readonly id: number;
      readonly type: "segmented";
      readonly output: Omit<SegmentOutput, "others">;
    }
  | { readonly id: number; readonly type: "encoded"; readonly ms: number }
  | { readonly id: number; readonly type: "others"; readonly others: readonly Candidate[] }
  | { readonly id: number; readonly type: "failed"; readonly sentence: string };
