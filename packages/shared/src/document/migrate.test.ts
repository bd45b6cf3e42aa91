import { expect, test } from "vitest";
import * as Y from "yjs";
import {
  applyCommands,
  documentVersion,
  encodeEmptyDocument,
  META_VERSION,
  migrateDocument,
  openImageDocument,
} from "./index.ts";

test("[D10] a new room's document holds the version and nothing else", () => {
  const doc = new Y.Doc();
  expect(documentVersion(doc)).toBe(0);
  Y.applyUpdate(doc, encodeEmptyDocument(77));
  expect(documentVersion(doc)).toBe(META_VERSION);
  expect([...doc.store.clients.keys()]).toEqual([77]);
  expect(openImageDocument(doc, { width: 9, height: 9 }).listAll()).toEqual([]);
});

test("[D10] an older document is brought up once, a newer one is refused untouched", () => {
  const doc = new Y.Doc();
  const document = openImageDocument(doc, { width: 9, height: 9 });
  applyCommands(document, [{ kind: "create", id: "m", shape: "mask", classId: "c" }], "me");
  expect(migrateDocument(doc, "migration")).toBe(true);
  expect(migrateDocument(doc, "migration")).toBe(false);
  expect(documentVersion(doc)).toBe(META_VERSION);
  expect(document.list().map(({ id }) => id)).toEqual(["m"]);
  doc.getMap("meta").set("v", META_VERSION + 1);
  const before = Y.encodeStateAsUpdate(doc);
  expect(() => migrateDocument(doc, "migration")).toThrow("newer version of the program (2)");
  expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
});
