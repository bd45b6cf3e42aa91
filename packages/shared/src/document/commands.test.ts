import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createPerson, exchange, type Person } from "../testing/index.ts";
import {
  applyCommands,
  brushOperations,
  type Command,
  type DocumentChange,
  DocumentError,
} from "./index.ts";

const SIZE = { width: 600, height: 400 };
const SQUARE = [100, 100, 200, 100, 200, 200, 100, 200];

let ann: Person;
let bob: Person;
let changes: DocumentChange[];

beforeEach(() => {
  ann = createPerson(1, SIZE);
  bob = createPerson(2, SIZE);
  changes = [];
  ann.document.onChange((change) => changes.push(change));
});

const run = (person: Person, ...commands: Command[]): void =>
  applyCommands(person.document, commands, "me");

const polygon = (id: string, more: object = {}): Command => ({
  kind: "create",
  id,
  shape: "polygon",
  classId: "car",
  rings: [SQUARE],
  ...more,
});

const mask = (id: string, more: object = {}): Command => ({
  kind: "create",
  id,
  shape: "mask",
  classId: "car",
  ...more,
});

const dot = (person: Person, x: number, y: number, radius = 10): Uint8Array[] =>
  brushOperations(person.author, { mode: "add", radius, points: [x, y] });

describe("commands", () => {
  test("[K1] all or nothing: one that cannot be done stops the others", () => {
    const before = Y.encodeStateAsUpdate(ann.doc);
    expect(() => run(ann, polygon("p"), { kind: "set-name", id: "q", name: "x" })).toThrow(
      "There is no object q on this image.",
    );
    expect(Y.encodeStateAsUpdate(ann.doc)).toEqual(before);
    expect(changes).toEqual([]);
  });

  test("[K1] later commands may speak of what earlier ones made", () => {
    run(
      ann,
      polygon("p"),
      { kind: "convert-to-mask", id: "p", operations: [] },
      { kind: "append-operations", id: "p", operations: dot(ann, 9, 9) },
      { kind: "set-name", id: "p", name: "x" },
    );
    expect(ann.document.annotation("p")).toMatchObject({ shape: "mask", name: "x" });
  });

  test("[K2] every annotation gets its empty list at once", () => {
    run(ann, polygon("p"), mask("m"));
    for (const id of ["p", "m"]) expect(ann.doc.getMap("ops").get(id)).toBeInstanceOf(Y.Array);
    exchange(ann, bob);
    run(ann, { kind: "convert-to-mask", id: "p", operations: dot(ann, 30, 30) });
    run(bob, { kind: "convert-to-mask", id: "p", operations: dot(bob, 90, 90) });
    exchange(ann, bob);
    expect(ann.document.hitTest({ x: 30, y: 30 })).toEqual(["p"]);
    expect(ann.document.hitTest({ x: 90, y: 90 })).toEqual(["p"]);
  });

  const bad: [string, string, Command][] = [
    ["an id of other letters", "bad-id", polygon("a b")],
    ["an id that is taken", "annotation-exists", polygon("here")],
    ["a polygon without rings", "bad-geometry", polygon("p", { rings: [] })],
    ["a ring of two points", "bad-geometry", polygon("p", { rings: [[1, 2, 3, 4]] })],
    ["a ring of seven numbers", "bad-geometry", polygon("p", { rings: [[1, 2, 3, 4, 5, 6, 7]] })],
    ["a vertex that is no number", "bad-geometry", polygon("p", { rings: [[1, 2, 3, 4, 5, NaN]] })],
    ["a vertex far away", "bad-geometry", polygon("p", { rings: [[1, 2, 3, 4, 5, 1e9]] })],
    [
      "a box turned inside out",
      "bad-geometry",
      {
        kind: "create",
        id: "b",
        shape: "box",
        classId: "c",
        box: { x: 0, y: 0, width: -1, height: 2 },
      },
    ],
    ["an outline for a mask", "wrong-shape", { kind: "set-geometry", id: "m", rings: [SQUARE] }],
    [
      "a stroke on a polygon",
      "wrong-shape",
      { kind: "append-operations", id: "here", operations: [] },
    ],
    [
      "bytes that are no operation",
      "bad-operation",
      { kind: "append-operations", id: "m", operations: [new Uint8Array([9])] },
    ],
    [
      "an operation of 300 KiB",
      "too-large",
      { kind: "append-operations", id: "m", operations: [new Uint8Array(300 << 10)] },
    ],
    ["a very long name", "too-large", { kind: "set-name", id: "m", name: "x".repeat(5000) }],
    ["an order that is no number", "bad-value", { kind: "set-order", id: "m", order: Infinity }],
    [
      "an attribute without a name",
      "bad-value",
      { kind: "set-attribute", id: "m", key: "", value: 1 },
    ],
    [
      "a scribble of one point",
      "bad-geometry",
      {
        kind: "set-prompt",
        id: "m",
        promptId: "1",
        prompt: { kind: "scribble-in", points: [1, 2] },
      },
    ],
  ];
  test.each(bad)("[K3] refused in a sentence: %s", (_name, code, command) => {
    run(ann, polygon("here"), mask("m"));
    const before = Y.encodeStateAsUpdate(ann.doc);
    const refusal = (() => {
      try {
        run(ann, command);
        return undefined;
      } catch (error) {
        return error instanceof DocumentError ? error : undefined;
      }
    })();
    expect(refusal?.code).toBe(code);
    expect(refusal?.message).toMatch(/^[A-Z"].*\.$/);
    expect(Y.encodeStateAsUpdate(ann.doc)).toEqual(before);
  });
});
