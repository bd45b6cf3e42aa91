import * as Y from "yjs";
import {
  type AuthorNumber,
  createHistory,
  type History,
  type ImageDocument,
  openImageDocument,
} from "../document/index.ts";
import type { ImageSize } from "../raster/index.ts";

/** One person at one image: a replica, an author number, an own history. */
export interface Person {
  readonly doc: Y.Doc;
  readonly document: ImageDocument;
  readonly author: AuthorNumber;
  readonly history: History;
}

export function createPerson(author: number, size: ImageSize): Person {
  const doc = new Y.Doc();
  doc.clientID = author;
  const document = openImageDocument(doc, size);
  let counter = 0;
  const number: AuthorNumber = { author, nextCounter: () => ++counter };
  return { doc, document, author: number, history: createHistory({ document, author: number }) };
}

/** Both know afterwards what either knew. */
export function exchange(a: { doc: Y.Doc }, b: { doc: Y.Doc }): void {
  const toB = Y.encodeStateAsUpdate(a.doc, Y.encodeStateVector(b.doc));
  const toA = Y.encodeStateAsUpdate(b.doc, Y.encodeStateVector(a.doc));
  Y.applyUpdate(b.doc, toB, "network");
  Y.applyUpdate(a.doc, toA, "network");
}
