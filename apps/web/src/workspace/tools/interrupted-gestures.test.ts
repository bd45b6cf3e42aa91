import { createBitmask } from "@limn/shared/raster";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createBench, type Bench } from "../testing/bench.ts";
import type { SegmentAnswer, SegmentRequest } from "./tool.ts";

const areas = ({ editor }: Bench): number[] =>
  editor.document.list().map(({ id }) => editor.document.area(id));

/** A stroke along `y` in whose middle something else happens. */
const strokeAround = (bench: Bench, y: number, act: () => void): void => {
  bench.press(20, y).move(60, y);
  act();
  bench.move(80, y).release(80, y);
};

const undoAll = (bench: Bench): void => {
  while (bench.editor.history.canUndo()) bench.editor.undo();
};

describe("a key in the middle of a stroke", () => {
  test("Ctrl+Z takes back the stroke and leaves the one before", () => {
    const bench = createBench({ tool: "brush" });
    bench.drag([
      [20, 20],
      [60, 20],
    ]);
    const before = areas(bench);
    strokeAround(bench, 50, () => bench.editor.undo());
    expect(areas(bench)).toEqual(before);
    bench.editor.undo();
    expect(areas(bench)).toEqual([]);
  });

  test("Delete removes the object, stroke and all; undo brings back both and then neither", () => {
    const bench = createBench({ tool: "brush" });
    strokeAround(bench, 50, () => bench.editor.deleteSelection());
    expect(areas(bench)).toEqual([]);
    bench.editor.undo();
    expect(areas(bench)).toHaveLength(1);
    expect(areas(bench)[0]).toBeGreaterThan(400);
    bench.editor.undo();
    expect(areas(bench)).toEqual([]);
  });

  test("another tool, another class: whatever was done, undoing all of it leaves nothing", () => {
    const bench = createBench({ tool: "brush" });
    strokeAround(bench, 20, () => bench.editor.runner.choose("polygon"));
    bench.editor.runner.choose("brush");
    strokeAround(bench, 40, () => bench.editor.setClass("cat"));
    strokeAround(bench, 60, () => bench.editor.deleteSelection());
    strokeAround(bench, 80, () => bench.editor.redo());
    undoAll(bench);
    expect(areas(bench)).toEqual([]);
  });
});

describe("what touches nothing makes nothing", () => {
  test("a stroke beside the picture", () => {
    const bench = createBench({ tool: "brush" });
    bench.drag([
      [-60, 20],
      [-20, 20],
    ]);
    expect(areas(bench)).toEqual([]);
    expect(bench.editor.history.canUndo()).toBe(false);
    expect(bench.notice()).toMatch(/did not touch the picture/);
  });

  test("a polygon beside the picture", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(-60, 10).click(-20, 40).click(-60, 80).key("finish");
    expect(areas(bench)).toEqual([]);
    expect(bench.notice()).toMatch(/covers no pixel/);
  });
});

test("Ctrl+Z after the first corner of a box takes back the corner: the next click is a first corner again", () => {
  const bench = createBench({ tool: "box" });
  bench.click(20, 20).move(30, 30);
  bench.editor.undo();
  bench.move(50, 50);
  expect(bench.editor.preview.get().box).toBeUndefined();
  bench.click(60, 60);
  expect(areas(bench)).toEqual([]);
  bench.click(70, 80);
  expect(areas(bench)).toEqual([200]);
});

test("Ctrl+Z after all points of a polygon were taken back goes on to the step before", () => {
  const bench = createBench({ tool: "polygon" });
  bench.click(10, 10).click(50, 10).click(50, 50).key("finish");
  bench.editor.selection.set([]);
  bench.click(100, 10).click(120, 10);
  for (let i = 0; i < 2; i++) bench.editor.undo();
  expect(areas(bench)).toHaveLength(1);
  bench.editor.undo();
  expect(areas(bench)).toEqual([]);
});

describe("hands faster than the network", () => {
  /** A network that drops older questions, as the real one does, and answers one question when told to. */
  function createSlowNetwork() {
    const waiting: (() => void)[] = [];
    let turn = 0;
    return {
      async segment(request: SegmentRequest): Promise<SegmentAnswer | undefined> {
        const mine = ++turn;
        await new Promise<void>((resolve) => waiting.push(resolve));
        if (mine !== turn) return undefined;
        const { x, y, width, height } = request.box ?? { x: 0, y: 0, width: 0, height: 0 };
        const mask = createBitmask({ left: 0, top: 0, right: 200, bottom: 100 });
        for (let j = y; j < y + height; j++) mask.data.fill(1, j * 200 + x, j * 200 + x + width);
        return { mask, score: 1, others: () => Promise.resolve([]) };
      },
      answer: () => waiting.shift()?.(),
    };
  }
  const box = (bench: Bench, x: number, side: number): Bench =>
    bench.drag([
      [x, 10],
      [x + 5, 15],
      [x + side, 10 + side],
    ]);

  test("boxes drawn one after the other all become objects, in their order", async () => {
    const network = createSlowNetwork();
    const bench = createBench({ tool: "smart", segment: network.segment });
    box(bench, 10, 20);
    box(bench, 60, 30);
    box(bench, 120, 40);
    for (let i = 0; i < 3; i++) {
      await bench.settle();
      network.answer();
    }
    await bench.settle();
    expect(areas(bench)).toEqual([400, 900, 1600]);
    expect(bench.editor.selection.get()).toEqual([bench.editor.document.list().at(-1)?.id]);
  });

  test("an object that was asked for comes although another tool was taken, and leaves the selection alone", async () => {
    const network = createSlowNetwork();
    const bench = createBench({ tool: "smart", segment: network.segment });
    box(bench, 10, 20);
    bench.editor.runner.choose("brush");
    await bench.settle();
    network.answer();
    await bench.settle();
    expect(areas(bench)).toEqual([400]);
    expect(bench.editor.selection.get()).toEqual([]);
    expect(bench.editor.preview.get()).toEqual({});
  });

  test("Escape drops the box at hand, not the one before it", async () => {
    const network = createSlowNetwork();
    const bench = createBench({ tool: "smart", segment: network.segment });
    box(bench, 10, 20);
    box(bench, 60, 30);
    bench.key("escape");
    for (let i = 0; i < 2; i++) {
      await bench.settle();
      network.answer();
    }
    await bench.settle();
    expect(areas(bench)).toEqual([400]);
  });

  test("an answer after the image was left changes nothing", async () => {
    const network = createSlowNetwork();
    const bench = createBench({ tool: "smart", segment: network.segment });
    box(bench, 10, 20);
    box(bench, 60, 30);
    await bench.settle();
    bench.editor.dispose();
    for (let i = 0; i < 2; i++) {
      network.answer();
      await bench.settle();
    }
    expect(areas(bench)).toEqual([]);
  });

  test("opening and leaving an image cancels no question of another", () => {
    let cancelled = 0;
    const next = createBench({ tool: "smart", cancelSegment: () => cancelled++ });
    next.editor.runner.choose("brush");
    next.editor.dispose();
    expect(cancelled).toBe(0);
  });

  test("leaving the image waits for the boxes that were drawn", async () => {
    const network = createSlowNetwork();
    const bench = createBench({ tool: "smart", segment: network.segment });
    box(bench, 10, 20);
    box(bench, 60, 30);
    let isLeft = false;
    const left = bench.editor.finish().then(() => (isLeft = true));
    await bench.settle();
    expect(isLeft).toBe(false);
    while (!isLeft) {
      network.answer();
      await bench.settle();
    }
    await left;
    expect(areas(bench)).toEqual([400, 900]);
  });

  test("Escape takes back the object although its class was changed in between", async () => {
    const network = createSlowNetwork();
    const bench = createBench({ tool: "smart", segment: network.segment });
    box(bench, 10, 20);
    await bench.settle();
    network.answer();
    await bench.settle();
    bench.editor.setClass("cat");
    bench.key("escape");
    expect(areas(bench)).toEqual([]);
  });
});

test("two fingers move the view: what the first had begun is taken back, points drawn before stay", () => {
  const brush = createBench({ tool: "brush" });
  brush.press(20, 20).move(22, 20);
  brush.editor.runner.abandon();
  brush.move(60, 60);
  expect(areas(brush)).toEqual([]);
  expect(brush.editor.history.canUndo()).toBe(false);

  const polygon = createBench({ tool: "polygon" });
  polygon.click(10, 10).click(50, 10).click(50, 50).press(90, 90);
  polygon.editor.runner.abandon();
  polygon.key("finish");
  expect(areas(polygon)).toEqual([820]);
});

test("an object deleted by somebody while I paint on it can be restored, my stroke included", () => {
  const bench = createBench({ tool: "brush" });
  bench.drag([
    [20, 20],
    [60, 20],
  ]);
  const [before = 0] = areas(bench);
  const { doc } = bench.editor.document;
  const elsewhere = new Y.Doc();
  const jo = createBench({ tool: "select", doc: elsewhere });
  Y.applyUpdate(elsewhere, Y.encodeStateAsUpdate(doc), "network");
  jo.editor.selection.set(bench.editor.selection.get());
  jo.editor.deleteSelection();
  bench.press(20, 60).move(60, 60);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(elsewhere), "network");
  bench.move(80, 60).release(80, 60);
  expect(areas(bench)).toEqual([]);
  const { sentence, action } = bench.editor.notice.get() ?? {};
  expect(sentence).toMatch(/Somebody deleted the object/);
  action?.run();
  expect(areas(bench)[0]).toBeGreaterThan(before + 400);
  expect(bench.editor.selection.get()).toHaveLength(1);
});
