import { documentVersion, META_VERSION } from "@limn/shared/document";
import * as Y from "yjs";
import type { StoredRoom } from "./log/log.ts";

/** @throws when the stored rows do not make a whole document that this program knows */
export function loadDocument(imageId: string, stored: StoredRoom): Y.Doc {
  const doc = new Y.Doc({ gc: true });
  doc.transact(() => {
    if (stored.snapshot !== undefined) Y.applyUpdate(doc, stored.snapshot.state);
    for (const { updates } of stored.rows) {
      for (const update of updates) Y.applyUpdate(doc, update);
    }
  });
  if (hasHole(doc)) {
    throw new Error(
      `the log of room ${imageId} has a hole: updates depend on others that are gone`,
    );
  }
  const version = documentVersion(doc);
  if (version > META_VERSION) {
    throw new Error(`image ${imageId} was edited with a newer Limn (document version ${version})`);
  }
  return doc;
}

/** Whether Yjs keeps something back because what it builds on is missing. */
export function hasHole(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}
