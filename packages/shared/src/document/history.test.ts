import { describe, expect, test } from "vitest";
import { createPerson, exchange, type Person } from "../testing/index.ts";
import { brushOperations, convertToMask, createHistory } from "./index.ts";

const SIZE = { width: 64, height: 48 };
const SQUARE = [10, 10, 30, 10, 30, 30, 10, 30];

function twoPeople(): { ann: Person; bob: Person } {
  return { ann: createPerson(1, SIZE), bob: createPerson(2, SIZE) };
}

const dot = (person: Person, x: number, y: number): Uint8Array[] =>
  brushOperations(person.author, { mode: "add", radius: 2, points: [x, y] });

const paint = (person: Person, id: string, x: number, y: number): void =>
  person.history.perform("paint", [
    { kind: "append-operations", id, operations: dot(person, x, y) },
  ]);

const makeMask = (person: Person, id: string): void =>
  person.history.perform("mask", [
    { kind: "create", id, shape: "mask", classId: "car", operations: dot(person, 20, 20) },
  ]);

const makePolygon = (person: Person, id: string): void =>
  person.history.perform("polygon", [
    { kind: "create", id, shape: "polygon", classId: "car", rings: [SQUARE] },
  ]);

describe("undo and redo of one person", () => {
  test("[H1] a creation is taken back by the deletion flag and comes back whole", () => {
    const { ann } = twoPeople();
    makePolygon(ann, "p");
    expect(ann.history.undo()).toEqual({ label: "polygon", partial: false });
    expect(ann.document.list()).toEqual([]);
    expect(ann.document.annotation("p")).toMatchObject({ deleted: true, rings: [SQUARE] });
    expect(ann.history.redo()).toEqual({ label: "polygon", partial: false });
    expect(ann.document.list().map(({ id }) => id)).toEqual(["p"]);
    expect(ann.history.canRedo()).toBe(false);
  });

  test("[H2] values go back one after the other and forward again", () => {
    const { ann } = twoPeople();
    makePolygon(ann, "p");
    ann.history.perform("class", [{ kind: "set-class", id: "p", classId: "bus" }]);
    ann.history.perform("class", [{ kind: "set-class", id: "p", classId: "tram" }]);
    ann.history.perform("name", [{ kind: "set-name", id: "p", name: "left" }]);
    ann.history.perform("move", [{ kind: "set-geometry", id: "p", rings: [[0, 0, 9, 0, 9, 9]] }]);
    const seen = (): unknown => {
      const { classId, name, rings } = ann.document.annotation("p") ?? {};
      return [classId, name, rings?.[0]?.length];
    };
    const back = [];
    for (let i = 0; i < 4; i++) {
      ann.history.undo();
      back.push(seen());
    }
    expect(back).toEqual([
      ["tram", "left", 8],
      ["tram", undefined, 8],
      ["bus", undefined, 8],
      ["car", undefined, 8],
    ]);
    const forward = [];
    for (let i = 0; i < 4; i++) {
      ann.history.redo();
      forward.push(seen());
    }
    expect(forward).toEqual([
      ["bus", undefined, 8],
      ["tram", undefined, 8],
      ["tram", "left", 8],
      ["tram", "left", 6],
    ]);
    expect(ann.history.redo()).toBeUndefined();
  });

  test("[H3] operations are taken back by undo operations, in place", () => {
    const { ann } = twoPeople();
    makeMask(ann, "m");
    const before = ann.document.area("m");
    paint(ann, "m", 40, 20);
    const painted = ann.document.area("m");
    expect(painted).toBe(2 * before);
    ann.history.undo();
    expect(ann.document.area("m")).toBe(before);
    ann.history.redo();
    expect(ann.document.area("m")).toBe(painted);
    expect(ann.document.operations("m").map(({ kind }) => kind)).toEqual([
      "brush",
      "brush",
      "undo",
      "redo",
    ]);
  });

  test("[H4] a gesture is one step; cancelled, it leaves no step and no pixel", () => {
    const { ann } = twoPeople();
    makeMask(ann, "m");
    const before = ann.document.area("m");
    const stroke = ann.history.begin("stroke");
    for (const x of [5, 30, 50]) {
      stroke.perform([{ kind: "append-operations", id: "m", operations: dot(ann, x, 40) }]);
    }
    stroke.end();
    expect(ann.document.area("m")).toBe(4 * before);
    expect(ann.history.undo()).toEqual({ label: "stroke", partial: false });
    expect(ann.document.area("m")).toBe(before);
    const second = ann.history.begin("stroke");
    second.perform([{ kind: "append-operations", id: "m", operations: dot(ann, 50, 40) }]);
    expect(ann.history.undoLabel()).toBe("stroke");
    second.cancel();
    expect(ann.document.area("m")).toBe(before);
    expect(ann.history.undoLabel()).toBe("mask");
  });

  test("[H4] what is done in the middle of a gesture ends it: steps go back in the order of their doing", () => {
    const { ann } = twoPeople();
    const stroke = ann.history.begin("stroke");
    stroke.perform([{ kind: "create", id: "m", shape: "mask", classId: "car" }]);
    stroke.perform([{ kind: "append-operations", id: "m", operations: dot(ann, 20, 20) }]);
    ann.history.perform("delete", [{ kind: "delete", id: "m", at: 5 }]);
    stroke.perform([{ kind: "append-operations", id: "m", operations: dot(ann, 40, 20) }]);
    stroke.end();
    const labels = [];
    for (let done = ann.history.undo(); done !== undefined; done = ann.history.undo())
      labels.push(done.label);
    expect(labels).toEqual(["stroke", "delete", "stroke"]);
    expect(ann.document.list()).toEqual([]);
  });

  test("[H4] brushing on a polygon is one step back to the polygon", () => {
    const { ann } = twoPeople();
    makePolygon(ann, "p");
    const stroke = ann.history.begin("brush");
    stroke.perform(convertToMask(ann.document, "p", ann.author));
    stroke.perform([{ kind: "append-operations", id: "p", operations: dot(ann, 50, 40) }]);
    stroke.end();
    expect(ann.document.annotation("p")?.shape).toBe("mask");
    expect(ann.document.area("p")).toBeGreaterThan(400);
    ann.history.undo();
    expect(ann.document.annotation("p")).toMatchObject({ shape: "polygon", rings: [SQUARE] });
    expect(ann.document.area("p")).toBe(400);
    ann.history.redo();
    expect(ann.document.annotation("p")?.shape).toBe("mask");
    expect(ann.document.area("p")).toBeGreaterThan(400);
  });

  test("[H6] what would change nothing makes no step", () => {
    const { ann } = twoPeople();
    makePolygon(ann, "p");
    ann.history.perform("class", [{ kind: "set-class", id: "p", classId: "car" }]);
    ann.history.begin("nothing").end();
    expect(ann.history.undoLabel()).toBe("polygon");
  });

  test("[H7] it survives a reload, and undoes with the new author number", () => {
    const { ann } = twoPeople();
    makeMask(ann, "m");
    paint(ann, "m", 40, 20);
    ann.history.perform("prompt", [
      {
        kind: "set-prompt",
        id: "m",
        promptId: "1",
        prompt: { kind: "in", point: { x: 3.25, y: 4 } },
      },
    ]);
    const stored = structuredClone(ann.history.serialize());
    const later = createPerson(9, SIZE);
    exchange(ann, later);
    const history = createHistory({ document: later.document, author: later.author });
    expect(history.restore(stored)).toBe(true);
    expect(later.document.annotation("m")?.prompts).toEqual([
      { id: "1", kind: "in", point: { x: 3.25, y: 4 } },
    ]);
    expect(history.undo()?.label).toBe("prompt");
    expect(later.document.annotation("m")?.prompts).toEqual([]);
    expect(history.undo()?.label).toBe("paint");
    expect(later.document.operations("m").at(-1)).toMatchObject({
      kind: "undo",
      author: 9,
      target: "1:2",
    });
    expect(history.undo()?.label).toBe("mask");
    expect(history.undo()).toBeUndefined();
    expect(history.restore({ version: 1, undo: [{ label: "x", effects: [{ kind: "?" }] }] })).toBe(
      false,
    );
    expect(history.restore(null)).toBe(false);
  });

  test("it keeps only so many steps", () => {
    const { ann } = twoPeople();
    makePolygon(ann, "p");
    const history = createHistory({ document: ann.document, author: ann.author, limit: 2 });
    for (const classId of ["a", "b", "c"]) {
      history.perform(classId, [{ kind: "set-class", id: "p", classId }]);
    }
    expect([history.undo(), history.undo(), history.undo()].map((step) => step?.label)).toEqual([
      "c",
      "b",
      undefined,
    ]);
    expect(ann.document.annotation("p")?.classId).toBe("a");
  });
});

describe("undo beside others", () => {
  test("[H2] a value that another person has changed since stays, and the step before goes back", () => {
    const { ann, bob } = twoPeople();
    makePolygon(ann, "p");
    ann.history.perform("name", [{ kind: "set-name", id: "p", name: "one" }]);
    ann.history.perform("class", [{ kind: "set-class", id: "p", classId: "bus" }]);
    exchange(ann, bob);
    bob.history.perform("class", [{ kind: "set-class", id: "p", classId: "tram" }]);
    exchange(ann, bob);
    expect(ann.history.undo()).toEqual({ label: "name", partial: true });
    expect(ann.document.annotation("p")).toMatchObject({ classId: "tram" });
    expect(ann.document.annotation("p")?.name).toBeUndefined();
  });

  test("[H2] class and order are taken back apart, although they are one value", () => {
    const { ann, bob } = twoPeople();
    makePolygon(ann, "p");
    ann.history.perform("class", [{ kind: "set-class", id: "p", classId: "bus" }]);
    exchange(ann, bob);
    bob.history.perform("order", [{ kind: "set-order", id: "p", order: 9 }]);
    exchange(ann, bob);
    expect(ann.history.undo()).toEqual({ label: "class", partial: false });
    expect(ann.document.annotation("p")).toMatchObject({ classId: "car", order: 9 });
  });

  test("[H3] only my strokes go", () => {
    const { ann, bob } = twoPeople();
    makeMask(ann, "m");
    exchange(ann, bob);
    paint(ann, "m", 40, 20);
    paint(bob, "m", 40, 21);
    exchange(ann, bob);
    const both = ann.document.area("m");
    ann.history.undo();
    exchange(ann, bob);
    expect(bob.document.area("m")).toBeLessThan(both);
    expect(bob.document.hitTest({ x: 40, y: 21 })).toEqual(["m"]);
    bob.history.undo();
    exchange(ann, bob);
    expect(ann.document.hitTest({ x: 40, y: 21 })).toEqual([]);
    expect(ann.document.area("m")).toBe(bob.document.area("m"));
  });

  test("[H5] an object on which another person has painted stays; only my pixels go", () => {
    const { ann, bob } = twoPeople();
    makeMask(ann, "m");
    exchange(ann, bob);
    paint(bob, "m", 40, 20);
    exchange(ann, bob);
    expect(ann.history.undo()).toEqual({ label: "mask", partial: true });
    expect(ann.document.list().map(({ id }) => id)).toEqual(["m"]);
    expect(ann.document.hitTest({ x: 20, y: 20 })).toEqual([]);
    expect(ann.document.hitTest({ x: 40, y: 20 })).toEqual(["m"]);
    ann.history.redo();
    expect(ann.document.hitTest({ x: 20, y: 20 })).toEqual(["m"]);
  });

  test("[H5] a polygon whose outline another person has mended stays", () => {
    const { ann, bob } = twoPeople();
    makePolygon(ann, "p");
    exchange(ann, bob);
    bob.history.perform("vertex", [
      { kind: "set-geometry", id: "p", rings: [[10, 10, 31, 10, 30, 30]] },
    ]);
    exchange(ann, bob);
    expect(ann.history.undo()).toEqual({ label: "polygon", partial: true });
    expect(ann.document.list().map(({ id }) => id)).toEqual(["p"]);
    expect(ann.history.undo()).toBeUndefined();
  });

  test("[H5] a conversion on which another person has painted stays, with its ground", () => {
    const { ann, bob } = twoPeople();
    makePolygon(ann, "p");
    const stroke = ann.history.begin("brush");
    stroke.perform(convertToMask(ann.document, "p", ann.author));
    stroke.perform([{ kind: "append-operations", id: "p", operations: dot(ann, 50, 40) }]);
    stroke.end();
    exchange(ann, bob);
    paint(bob, "p", 5, 40);
    exchange(ann, bob);
    expect(ann.history.undo()).toEqual({ label: "brush", partial: true });
    expect(ann.document.annotation("p")?.shape).toBe("mask");
    expect(ann.document.hitTest({ x: 50, y: 40 })).toEqual([]);
    expect(ann.document.hitTest({ x: 5, y: 40 })).toEqual(["p"]);
    expect(ann.document.hitTest({ x: 20, y: 20 })).toEqual(["p"]);
  });

  test("[H1] an object that another person has deleted is passed over; deletion by me is taken back", () => {
    const { ann, bob } = twoPeople();
    makePolygon(ann, "p");
    makePolygon(ann, "q");
    exchange(ann, bob);
    bob.history.perform("delete", [{ kind: "delete", id: "q", at: 5 }]);
    exchange(ann, bob);
    expect(ann.history.undo()).toEqual({ label: "polygon", partial: false });
    expect(ann.document.list()).toEqual([]);
    bob.history.undo();
    exchange(ann, bob);
    expect(ann.document.list().map(({ id }) => id)).toEqual(["q"]);
  });
});
