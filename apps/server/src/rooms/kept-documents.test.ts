import { applyCommands, openImageDocument } from "@limn/shared/document";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { createKeptDocuments } from "./kept-documents.ts";

const SIZE = { width: 100, height: 100 };

function createSource() {
  const doc = new Y.Doc();
  const document = openImageDocument(doc, SIZE);
  const draw = (id: string): void =>
    applyCommands(
      document,
      [
        {
          kind: "create",
          id,
          shape: "box",
          classId: "c",
          box: { x: 1, y: 1, width: 5, height: 5 },
        },
      ],
      "me",
    );
  return { doc, draw };
}

const idsOf = (document: { list(): readonly { id: string }[] } | undefined) =>
  document?.list().map(({ id }) => id);

test("a kept document takes what came after; one that is elsewhere asks for the whole", () => {
  const { doc, draw } = createSource();
  const kept = createKeptDocuments(1 << 24);
  draw("a");
  const first = kept.update("one", Y.encodeStateAsUpdate(doc), null, SIZE);
  expect(idsOf(first)).toEqual(["a"]);
  const since = Y.encodeStateVector(doc);
  draw("b");
  const second = kept.update("one", Y.encodeStateAsUpdate(doc, since), since, SIZE);
  expect(idsOf(second)).toEqual(["a", "b"]);
  expect(second).toBe(first);
  // The same difference again is not at the point where the document is.
  expect(kept.update("one", Y.encodeStateAsUpdate(doc, since), since, SIZE)).toBeUndefined();
  expect(kept.update("two", Y.encodeStateAsUpdate(doc, since), since, SIZE)).toBeUndefined();
  expect(idsOf(kept.update("one", Y.encodeStateAsUpdate(doc), null, SIZE))).toEqual(["a", "b"]);
});

test("the documents used last are kept, as far as there is room", () => {
  const { doc, draw } = createSource();
  draw("a");
  const state = Y.encodeStateAsUpdate(doc);
  const since = Y.encodeStateVector(doc);
  const nothing = Y.encodeStateAsUpdate(doc, since);
  const kept = createKeptDocuments((state.length * 2 + 20) * 10);
  for (const imageId of ["one", "two"]) kept.update(imageId, state, null, SIZE);
  expect(kept.update("one", nothing, since, SIZE)).toBeDefined();
  kept.update("three", state, null, SIZE);
  expect(kept.update("two", nothing, since, SIZE)).toBeUndefined();
  expect(kept.update("one", nothing, since, SIZE)).toBeDefined();
});
