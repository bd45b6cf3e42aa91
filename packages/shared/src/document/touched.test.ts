import { expect, test } from "vitest";
import * as Y from "yjs";
import { applyCommands } from "./apply-commands.ts";
import { openImageDocument } from "./image-document.ts";
import { createAuthorNumber } from "./schema.ts";
import { brushOperations } from "./stroke.ts";
import { touchedAnnotations } from "./touched.ts";

test("a transaction touches the annotations whose properties, geometry, operations or flags it wrote", () => {
  const doc = new Y.Doc();
  const document = openImageDocument(doc, { width: 100, height: 100 });
  const seen: string[][] = [];
  doc.on("afterTransaction", (transaction) => seen.push(touchedAnnotations(transaction)));
  const author = createAuthorNumber(() => 0.5);
  applyCommands(document, [{ kind: "create", id: "m", shape: "mask", classId: "c" }], "me");
  const operations = brushOperations(author, { mode: "add", radius: 4, points: [10, 10, 20, 20] });
  applyCommands(document, [{ kind: "append-operations", id: "m", operations }], "me");
  applyCommands(document, [{ kind: "set-name", id: "m", name: "left" }], "me");
  applyCommands(document, [{ kind: "delete", id: "m", at: 1 }], "me");
  doc.getMap("meta").set("v", 1);
  expect(seen).toEqual([["m"], ["m"], ["m"], ["m"], []]);
});
