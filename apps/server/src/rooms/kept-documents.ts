import { openImageDocument, type ImageDocument } from "@limn/shared/document";
import * as Y from "yjs";
import type { ImageSize } from "./edits.ts";

/** Documents that a worker keeps between calls, so that one which changes often is not read from the start each time. */
export interface KeptDocuments {
  /**
   * Brings the document of an image up to date. With `since`, `state` holds what came after that state vector:
   * undefined when the kept document is not there or not at that point. To be used before the next call.
   */
  readonly update: (
    imageId: string,
    state: Uint8Array,
    since: Uint8Array | null,
    size: ImageSize,
  ) => ImageDocument | undefined;
}

interface Kept {
  readonly document: ImageDocument;
  /** Bytes of the updates that it was made of. */
  bytes: number;
  memory: number;
}

/** About what a document takes in memory for each byte of its updates, and for each mask once it has been folded. */
const MEMORY_PER_BYTE = 10;
const MEMORY_PER_MASK = 200 << 10;

/** Keeps the documents used last, as many as take about so much memory. */
export function createKeptDocuments(mostMemory: number): KeptDocuments {
  // In the order of use, the oldest first.
  const kept = new Map<string, Kept>();

  function drop(imageId: string): void {
    kept.get(imageId)?.document.dispose();
    kept.delete(imageId);
  }

  function dropOldest(): void {
    let memory = 0;
    for (const [imageId, entry] of [...kept].toReversed()) {
      memory += entry.memory;
      if (memory > mostMemory) drop(imageId);
    }
  }

  return {
    update(imageId, state, since, size) {
      const before = kept.get(imageId);
      if (since !== null && (before === undefined || !isAt(before.document.doc, since))) {
        drop(imageId);
        return undefined;
      }
      const doc = since === null ? new Y.Doc() : (before?.document.doc ?? new Y.Doc());
      if (since === null) drop(imageId);
      Y.applyUpdate(doc, state);
      const entry = kept.get(imageId) ?? {
        document: openImageDocument(doc, size),
        bytes: 0,
        memory: 0,
      };
      entry.bytes += state.length;
      entry.memory = estimateMemory(entry);
      kept.delete(imageId);
      kept.set(imageId, entry);
      dropOldest();
      return entry.document;
    },
  };
}

function estimateMemory({ document, bytes }: Kept): number {
  const masks = document.list().filter(({ shape }) => shape === "mask").length;
  return bytes * MEMORY_PER_BYTE + masks * MEMORY_PER_MASK;
}

function isAt(doc: Y.Doc, stateVector: Uint8Array): boolean {
  const theirs = Y.decodeStateVector(stateVector);
  const mine = Y.decodeStateVector(Y.encodeStateVector(doc));
  return (
    theirs.size === mine.size && [...theirs].every(([client, clock]) => mine.get(client) === clock)
  );
}
