import * as Y from "yjs";
import { DocumentError } from "./commands.ts";
import { rootsOf } from "./roots.ts";
import { META_VERSION } from "./schema.ts";

/** 0 for a document that has no version yet, which is to say an empty one. */
export function documentVersion(doc: Y.Doc): number {
  const version = rootsOf(doc).meta.get("v");
  return typeof version === "number" ? version : 0;
}

/**
 * The update that a server writes first into a new room: `meta.v`. Pass the client id of the server's own writes
 * (where it matters that it is fresh); by default Yjs draws one.
 */
export function encodeEmptyDocument(clientId?: number): Uint8Array {
  const doc = new Y.Doc();
  if (clientId !== undefined) doc.clientID = clientId;
  rootsOf(doc).meta.set("v", META_VERSION);
  return Y.encodeStateAsUpdate(doc);
}

/** Steps from version n (the index) to n + 1. Only the server runs them. */
const STEPS: readonly ((doc: Y.Doc) => void)[] = [
  (doc) => {
    rootsOf(doc).meta.set("v", 1);
  },
];

/**
 * Brings a document up to META_VERSION, in one transaction with the given origin. True when something was written.
 * A document from a newer program is refused, untouched.
 */
export function migrateDocument(doc: Y.Doc, origin: unknown): boolean {
  const version = documentVersion(doc);
  if (version > META_VERSION) {
    throw new DocumentError(
      "newer-version",
      `This image was edited with a newer version of the program (${version}); update this one first.`,
    );
  }
  if (version === META_VERSION) return false;
  doc.transact(() => {
    for (const step of STEPS.slice(version)) step(doc);
  }, origin);
  return true;
}
