import { beforeEach, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { encodeRegion, isPixelSet } from "../raster/index.ts";
import { createPerson, exchange, type Person } from "../testing/index.ts";
import {
  applyCommands,
  brushOperations,
  type Command,
  type DocumentChange,
  openImageDocument,
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

describe("what is read", () => {
  test("[D1] an annotation is a frozen snapshot of everything about it", () => {
    run(
      ann,
      polygon("p", {
        order: 3,
        name: "door",
        group: "house",
        attributes: { wet: true, count: 2 },
        prompts: [{ id: "1", prompt: { kind: "out", point: { x: 1.5, y: 2 } } }],
      }),
    );
    const annotation = ann.document.annotation("p");
    expect(annotation).toEqual({
      id: "p",
      shape: "polygon",
      classId: "car",
      order: 3,
      name: "door",
      group: "house",
      attributes: { count: 2, wet: true },
      deleted: false,
      rings: [SQUARE],
      prompts: [{ id: "1", kind: "out", point: { x: 1.5, y: 2 } }],
      operationCount: 0,
    });
    expect(Object.isFrozen(annotation)).toBe(true);
    expect(ann.document.annotation("p")).toBe(annotation);
    expect(ann.document.annotation("nobody")).toBeUndefined();
  });

  test("[D2] vertices survive within a hundredth of a pixel, boxes and prompts too", () => {
    const ring = [2.603, 2.6, 7.6, 2.61, 1234.567, 0.004];
    run(ann, polygon("p", { rings: [ring] }));
    run(ann, {
      kind: "create",
      id: "b",
      shape: "box",
      classId: "c",
      box: { x: -3.3, y: 0.1, width: 9.99, height: 0 },
    });
    const stored = ann.document.annotation("p")?.rings?.[0] ?? [];
    expect(stored).toHaveLength(ring.length);
    stored.forEach((value, i) => expect(value).toBeCloseTo(ring[i] ?? NaN, 2));
    expect(ann.document.annotation("b")?.box?.width).toBeCloseTo(9.99, 2);
  });

  test("[D3] the list is in drawing order, and the same until something in it changes", () => {
    run(ann, polygon("b", { order: 2 }), polygon("a", { order: 2 }), mask("z", { order: 1 }));
    run(ann, polygon("top"));
    const list = ann.document.list();
    expect(list.map(({ id }) => id)).toEqual(["z", "a", "b", "top"]);
    expect(ann.document.list()).toBe(list);
    run(ann, { kind: "append-operations", id: "z", operations: dot(ann, 9, 9) });
    const painted = ann.document.list();
    expect(painted).not.toBe(list);
    expect(painted[0]).not.toBe(list[0]);
    expect(painted.slice(1)).toEqual(list.slice(1));
    painted.slice(1).forEach((each, i) => expect(each).toBe(list[i + 1]));
    run(ann, { kind: "set-order", id: "z", order: 9 }, { kind: "delete", id: "b" });
    expect(ann.document.list().map(({ id }) => id)).toEqual(["a", "top", "z"]);
    expect(ann.document.listAll().map(({ id }) => id)).toEqual(["a", "b", "top", "z"]);
    expect(ann.document.nextOrder()).toBe(10);
  });

  test("[D4] what cannot be read is ignored and harms nothing beside it", () => {
    run(ann, polygon("p"), mask("m", { operations: dot(ann, 50, 50) }));
    const { doc } = ann;
    doc.getMap("props").set("x", { t: "sphere", c: "car", z: 1 });
    doc.getMap("props").set("bad id!", { t: "mask", c: "car", z: 1 });
    doc.getMap("props").set("p/p/1", { k: "in", q: new Uint8Array([255]) });
    doc.getMap("props").set("p/attr/deep", { a: 1 });
    doc.getMap("geo").set("p", new Uint8Array([9, 9, 9]));
    (doc.getMap("ops").get("m") as Y.Array<unknown>).push([new Uint8Array([7, 7]), 5]);
    expect(ann.document.list().map(({ id }) => id)).toEqual(["p", "m"]);
    expect(ann.document.annotation("p")).toMatchObject({ prompts: [], attributes: {} });
    expect(ann.document.annotation("p")?.rings).toBeUndefined();
    expect(ann.document.bounds("p")).toBeUndefined();
    expect(ann.document.area("m")).toBeGreaterThan(300);
  });

  test("[D5] whose list holds active operations is a mask, whatever its shape says", () => {
    run(ann, polygon("p"));
    exchange(ann, bob);
    // Ann converts and paints while Bob changes the class of the polygon that he sees.
    run(ann, {
      kind: "convert-to-mask",
      id: "p",
      operations: [
        encodeRegion(
          { author: 1, counter: 99 },
          "add",
          { left: 0, top: 0, right: 5, bottom: 5 },
          () => true,
        ),
      ],
    });
    run(bob, { kind: "set-class", id: "p", classId: "bus" });
    exchange(ann, bob);
    for (const { document } of [ann, bob]) {
      expect(document.annotation("p")?.shape).toBe("mask");
      expect(document.area("p")).toBe(25);
    }
    expect(ann.document.list()).toEqual(bob.document.list());
  });

  test("an opened document reads what was there before, like the one that saw it come", () => {
    run(ann, polygon("p", { name: "n" }), mask("m", { operations: dot(ann, 50, 50) }));
    run(ann, { kind: "delete", id: "p", at: 5 });
    const again = openImageDocument(ann.doc, SIZE);
    expect(again.listAll()).toEqual(ann.document.listAll());
    expect(again.area("m")).toBe(ann.document.area("m"));
    again.dispose();
    run(ann, { kind: "restore", id: "p" });
    expect(again.annotation("p")?.deleted).toBe(true);
  });
});

describe("what is reported", () => {
  test("[D6] one change a transaction, saying what was created, changed and removed, and by whom", () => {
    run(ann, polygon("p"), mask("m"));
    run(ann, { kind: "set-name", id: "p", name: "x" }, { kind: "set-order", id: "m", order: 0 });
    run(ann, { kind: "delete", id: "p" });
    run(ann, { kind: "restore", id: "p" });
    exchange(ann, bob);
    run(bob, { kind: "set-class", id: "p", classId: "bus" });
    exchange(ann, bob);
    expect(
      changes.map(({ local, origin, created, changed, removed }) => ({
        local,
        origin,
        created: [...created],
        changed: [...changed],
        removed: [...removed],
      })),
    ).toEqual(
      [
        { local: true, origin: "me", created: ["p", "m"], changed: [], removed: [] },
        { local: true, origin: "me", created: [], changed: ["m", "p"], removed: [] },
        { local: true, origin: "me", created: [], changed: [], removed: ["p"] },
        { local: true, origin: "me", created: ["p"], changed: [], removed: [] },
        { local: false, origin: "network", created: [], changed: ["p"], removed: [] },
      ].map((each) => ({ ...each, changed: expect.arrayContaining(each.changed) as unknown })),
    );
  });

  test("[D6] what changes nothing is not written and not reported", () => {
    run(ann, polygon("p", { name: "x" }));
    const before = Y.encodeStateAsUpdate(ann.doc);
    run(
      ann,
      { kind: "set-name", id: "p", name: "x" },
      { kind: "set-class", id: "p", classId: "car" },
      { kind: "set-geometry", id: "p", rings: [SQUARE] },
      { kind: "restore", id: "p" },
      { kind: "set-group", id: "p", group: null },
    );
    expect(changes).toHaveLength(1);
    expect(Y.encodeStateAsUpdate(ann.doc)).toEqual(before);
  });

  test("[D7] dirty tiles of masks that were read, from near and far", () => {
    run(ann, mask("m", { operations: dot(ann, 50, 50) }));
    expect(changes[0]?.tiles.size).toBe(0);
    const tiles = ann.document.mask("m");
    expect(tiles && isPixelSet(tiles, 50, 50)).toBe(true);
    run(ann, { kind: "append-operations", id: "m", operations: dot(ann, 256, 256) });
    exchange(ann, bob);
    run(bob, { kind: "append-operations", id: "m", operations: dot(bob, 550, 30) });
    exchange(ann, bob);
    expect(changes.map((change) => change.tiles.get("m"))).toEqual([undefined, [0, 1, 3, 4], [2]]);
    expect(tiles && isPixelSet(tiles, 550, 30)).toBe(true);
  });
});

describe("what is found", () => {
  test("[D8] topmost first, by bits, outlines and tolerance", () => {
    run(
      ann,
      polygon("p"),
      {
        kind: "create",
        id: "b",
        shape: "box",
        classId: "c",
        box: { x: 150, y: 150, width: 100, height: 50 },
      },
      mask("m", { operations: dot(ann, 160, 162) }),
      polygon("gone"),
      { kind: "delete", id: "gone" },
    );
    const hit = (x: number, y: number, tolerance = 0): string[] =>
      ann.document.hitTest({ x, y }, tolerance);
    expect(hit(160, 160)).toEqual(["m", "b", "p"]);
    expect(hit(169, 169)).toEqual(["b", "p"]);
    expect(hit(240, 160)).toEqual(["b"]);
    expect(hit(100, 99.5)).toEqual([]);
    expect(hit(100, 99.5, 1)).toEqual(["p"]);
    expect(hit(160, 148.5)).toEqual(["p"]);
    expect(hit(160, 148.5, 1.5)).toEqual(["b", "p"]);
    expect(hit(160, 148.5, 4)).toEqual(["m", "b", "p"]);
    expect(hit(-1, -1, 4)).toEqual([]);
  });

  test("[D8] the index follows every change", () => {
    run(ann, polygon("p"), mask("m", { operations: dot(ann, 300, 300) }));
    expect(ann.document.query({ x: 0, y: 0, width: 600, height: 400 })).toEqual(["m", "p"]);
    expect(ann.document.query({ x: 311, y: 300, width: 5, height: 5 })).toEqual([]);
    run(ann, { kind: "set-geometry", id: "p", rings: [[400, 10, 420, 10, 420, 30]] });
    run(ann, { kind: "append-operations", id: "m", operations: dot(ann, 20, 20) });
    expect(ann.document.query({ x: 90, y: 90, width: 60, height: 60 })).toEqual(["m"]);
    expect(ann.document.hitTest({ x: 20, y: 20 })).toEqual(["m"]);
    expect(ann.document.hitTest({ x: 415, y: 12 })).toEqual(["p"]);
    expect(ann.document.bounds("m")).toEqual({ x: 10, y: 10, width: 300, height: 300 });
    run(ann, { kind: "delete", id: "m" });
    expect(ann.document.hitTest({ x: 20, y: 20 })).toEqual([]);
  });

  test("[D9] areas come from pixels", () => {
    run(
      ann,
      polygon("p"),
      polygon("bow", { rings: [[5, 5, 25, 25, 25, 5, 5, 25]] }),
      polygon("two", { rings: [SQUARE, [150, 150, 250, 150, 250, 250, 150, 250]] }),
      polygon("over", { rings: [[-50, -50, 10, -50, 10, 10, -50, 10]] }),
      mask("empty"),
    );
    const areas = ["p", "bow", "two", "over", "empty"].map((id) => ann.document.area(id));
    expect(areas).toEqual([10_000, 200, 17_500, 100, 0]);
    expect(ann.document.bounds("empty")).toBeUndefined();
  });
});
