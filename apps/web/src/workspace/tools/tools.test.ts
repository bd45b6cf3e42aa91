import { createBitmask, isPixelSet } from "@limn/shared/raster";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createBench } from "../testing/bench.ts";
import type { SegmentAnswer, SegmentRequest } from "./tool.ts";
import { TOOLS } from "./index.ts";

const only = <T>(items: readonly T[]): T => {
  expect(items).toHaveLength(1);
  return items[0] as T;
};

test("every tool has its own key", () => {
  expect(new Set(TOOLS.map((tool) => tool.code)).size).toBe(TOOLS.length);
});

describe("brush", () => {
  test("a stroke on empty ground makes a mask; the next goes on it; one undo takes one stroke", () => {
    const bench = createBench({ tool: "brush" });
    bench.drag([
      [50, 50],
      [60, 50],
      [80, 50],
    ]);
    const first = only(bench.editor.document.list());
    expect(first).toMatchObject({ shape: "mask", classId: "car" });
    const area = bench.editor.document.area(first.id);
    bench.drag([
      [80, 50],
      [120, 50],
    ]);
    expect(bench.editor.document.list()).toHaveLength(1);
    expect(bench.editor.document.area(first.id)).toBeGreaterThan(area + 300);
    bench.editor.undo();
    expect(bench.editor.document.area(first.id)).toBe(area);
    bench.editor.undo();
    expect(bench.editor.document.list()).toHaveLength(0);
    bench.editor.redo();
    expect(bench.editor.document.area(first.id)).toBe(area);
  });

  test("Shift erases with the brush, and the eraser paints with Shift", () => {
    const bench = createBench({ tool: "brush" });
    bench.drag([
      [50, 50],
      [100, 50],
    ]);
    const { id } = only(bench.editor.document.list());
    bench.drag(
      [
        [70, 50],
        [80, 50],
      ],
      { shift: true },
    );
    const mask = bench.editor.document.mask(id);
    expect(mask && isPixelSet(mask, 75, 50)).toBe(false);
    bench.editor.runner.choose("eraser");
    bench.drag(
      [
        [70, 50],
        [80, 50],
      ],
      { shift: true },
    );
    expect(mask && isPixelSet(mask, 75, 50)).toBe(true);
  });

  test("Escape in the middle of a long stroke takes back what was committed of it", () => {
    const bench = createBench({ tool: "brush", brushRadius: 2 });
    bench.press(5, 5);
    for (let i = 1; i < 300; i++) bench.move(5 + (i % 150), 5 + Math.floor(i / 10));
    expect(only(bench.editor.document.list()).operationCount).toBeGreaterThan(1);
    bench.key("escape");
    expect(bench.editor.document.list()).toHaveLength(0);
  });

  test("painting on a polygon turns it into a mask of the same pixels and more, in one step of undo", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(20, 20).click(60, 20).click(60, 60).click(20, 60).key("finish");
    const { id } = only(bench.editor.document.list());
    expect(bench.editor.document.area(id)).toBe(1600);
    bench.editor.runner.choose("brush");
    bench.drag([
      [60, 40],
      [62, 40],
    ]);
    expect(bench.editor.document.annotation(id)?.shape).toBe("mask");
    expect(bench.editor.document.area(id)).toBeGreaterThan(1600);
    bench.editor.undo();
    expect(bench.editor.document.annotation(id)?.shape).toBe("polygon");
    expect(bench.editor.document.area(id)).toBe(1600);
  });

  test("two people brushing one mask keep both strokes, and each undoes only their own", () => {
    const docs = [new Y.Doc(), new Y.Doc()] as const;
    docs.forEach((doc, i) =>
      doc.on("update", (update: Uint8Array, origin: unknown) => {
        if (origin !== "wire") Y.applyUpdate(docs[1 - i] as Y.Doc, update, "wire");
      }),
    );
    const ana = createBench({ tool: "brush", doc: docs[0] });
    const jo = createBench({ tool: "brush", doc: docs[1] });
    ana.drag([
      [30, 50],
      [60, 50],
    ]);
    const { id } = only(ana.editor.document.list());
    jo.editor.selection.set([id]);
    jo.drag([
      [120, 50],
      [150, 50],
    ]);
    ana.drag([
      [30, 70],
      [60, 70],
    ]);
    const pixels = (bench: typeof ana) =>
      [
        [45, 50],
        [135, 50],
        [45, 70],
      ].map(([x = 0, y = 0]) => {
        const mask = bench.editor.document.mask(id);
        return mask ? isPixelSet(mask, x, y) : undefined;
      });
    expect(pixels(ana)).toEqual([true, true, true]);
    expect(pixels(jo)).toEqual([true, true, true]);
    jo.editor.undo();
    expect(pixels(ana)).toEqual([true, false, true]);
    ana.editor.undo();
    expect(pixels(jo)).toEqual([true, false, false]);
  });

  test("a viewer is told why nothing happens", () => {
    const bench = createBench({ tool: "brush", writable: false });
    bench.drag([
      [50, 50],
      [60, 50],
    ]);
    expect(bench.editor.document.list()).toHaveLength(0);
    expect(bench.notice()).toContain("not draw");
  });
});

describe("polygon", () => {
  test("clicks make a polygon that closes at its first point", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(10, 10).click(110, 10).click(110, 60).click(12, 12);
    const made = only(bench.editor.document.list());
    expect(made.rings).toEqual([[10, 10, 110, 10, 110, 60]]);
  });

  test("undo takes back points of the unfinished shape before anything that is stored", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(10, 10).click(50, 10).click(50, 50).key("finish");
    bench.editor.selection.set([]);
    bench.click(100, 10).click(140, 10);
    bench.editor.undo();
    bench.editor.undo();
    expect(bench.editor.document.list()).toHaveLength(1);
    bench.editor.undo();
    expect(bench.editor.document.list()).toHaveLength(0);
  });

  test("holding the button draws a free line that keeps its course with fewer points", () => {
    const bench = createBench({ tool: "polygon" });
    const circle: [number, number][] = Array.from({ length: 120 }, (_, i) => [
      100 + 40 * Math.cos((i / 119) * 2 * Math.PI),
      50 + 40 * Math.sin((i / 119) * 2 * Math.PI),
    ]);
    bench.drag(circle);
    const made = only(bench.editor.document.list());
    expect(made.rings?.[0]?.length).toBeLessThan(120);
    expect(bench.editor.document.area(made.id)).toBeGreaterThan(0.97 * Math.PI * 1600);
    expect(bench.editor.document.area(made.id)).toBeLessThan(1.02 * Math.PI * 1600);
  });

  test("on a selected mask it adds, with Shift it cuts", () => {
    const bench = createBench({ tool: "brush", brushRadius: 10 });
    bench.drag([
      [50, 50],
      [60, 50],
    ]);
    const { id } = only(bench.editor.document.list());
    bench.editor.runner.choose("polygon");
    bench.click(100, 20).click(120, 20).click(120, 40).click(100, 40).key("finish");
    const mask = bench.editor.document.mask(id);
    expect(mask && isPixelSet(mask, 110, 30)).toBe(true);
    const shift = { shift: true };
    bench
      .click(105, 25, shift)
      .click(115, 25, shift)
      .click(115, 35, shift)
      .click(105, 35, shift)
      .key("finish");
    expect(mask && isPixelSet(mask, 110, 30)).toBe(false);
    expect(mask && isPixelSet(mask, 102, 30)).toBe(true);
    expect(bench.editor.document.list()).toHaveLength(1);
  });
});

describe("box", () => {
  test("a drag and two clicks make the same box, cut at the picture's edge", () => {
    const bench = createBench({ tool: "box" });
    bench.drag([
      [150, 80],
      [190, 95],
      [230, 130],
    ]);
    expect(only(bench.editor.document.list()).box).toEqual({
      x: 150,
      y: 80,
      width: 50,
      height: 20,
    });
    bench.click(10, 10).click(30, 40);
    expect(bench.editor.document.list()[1]?.box).toEqual({ x: 10, y: 10, width: 20, height: 30 });
  });

  test("a drag whose movement was never reported still is a drag", () => {
    const bench = createBench({ tool: "box" });
    bench.press(10, 10).release(40, 50);
    expect(only(bench.editor.document.list()).box).toEqual({ x: 10, y: 10, width: 30, height: 40 });
  });
});

describe("select", () => {
  test("a vertex is dragged in one write, an edge takes a new point, Alt+click removes one", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(10, 10).click(60, 10).click(60, 60).click(10, 60).key("finish");
    const { id } = only(bench.editor.document.list());
    bench.editor.runner.choose("select");
    bench.drag([
      [60, 60],
      [70, 70],
      [90, 80],
    ]);
    expect(bench.editor.document.annotation(id)?.rings).toEqual([[10, 10, 60, 10, 90, 80, 10, 60]]);
    bench.drag([
      [35, 10],
      [35, 5],
    ]);
    expect(bench.editor.document.annotation(id)?.rings).toEqual([
      [10, 10, 35, 5, 60, 10, 90, 80, 10, 60],
    ]);
    bench.click(35, 5, { alt: true });
    expect(bench.editor.document.annotation(id)?.rings).toEqual([[10, 10, 60, 10, 90, 80, 10, 60]]);
    bench.editor.undo();
    bench.editor.undo();
    bench.editor.undo();
    expect(bench.editor.document.annotation(id)?.rings).toEqual([[10, 10, 60, 10, 60, 60, 10, 60]]);
  });

  test("a drag moves masks and polygons by whole pixels", () => {
    const bench = createBench({ tool: "brush", brushRadius: 8 });
    bench.drag([
      [40, 40],
      [50, 40],
    ]);
    const { id } = only(bench.editor.document.list());
    const area = bench.editor.document.area(id);
    bench.editor.runner.choose("select");
    bench.drag([
      [45, 40],
      [60, 45],
      [75, 60],
    ]);
    expect(bench.editor.document.area(id)).toBe(area);
    const mask = bench.editor.document.mask(id);
    expect(mask && isPixelSet(mask, 75, 60)).toBe(true);
    expect(mask && isPixelSet(mask, 40, 40)).toBe(false);
  });

  test("a marquee selects what it touches, a click on empty ground nothing", () => {
    const bench = createBench({ tool: "box" });
    bench
      .drag([
        [10, 10],
        [30, 30],
      ])
      .drag([
        [60, 10],
        [80, 30],
      ])
      .drag([
        [150, 60],
        [170, 80],
      ]);
    bench.editor.runner.choose("select");
    bench.editor.selection.set([]);
    bench.drag([
      [5, 5],
      [50, 50],
      [90, 40],
    ]);
    expect(bench.editor.selection.get()).toHaveLength(2);
    bench.click(120, 90);
    expect(bench.editor.selection.get()).toHaveLength(0);
  });
});

describe("smart segment", () => {
  /** Answers with the box itself, plus a square around each click inside, less one around each click outside. */
  const squares = (request: SegmentRequest): Promise<SegmentAnswer> => {
    const mask = createBitmask({ left: 0, top: 0, right: 200, bottom: 100 });
    const fill = (x: number, y: number, w: number, h: number, value: 0 | 1) => {
      for (let j = Math.max(0, y); j < Math.min(100, y + h); j++)
        for (let i = Math.max(0, x); i < Math.min(200, x + w); i++) mask.data[j * 200 + i] = value;
    };
    if (request.box) fill(request.box.x, request.box.y, request.box.width, request.box.height, 1);
    for (const click of request.clicks)
      fill(Math.floor(click.x) - 5, Math.floor(click.y) - 5, 10, 10, click.inside ? 1 : 0);
    return Promise.resolve({ mask, score: 1 });
  };

  test("a box gives a mask; clicks inside and outside correct it; each is one step of undo; Enter accepts", async () => {
    const bench = createBench({ tool: "smart", segment: squares });
    bench.drag([
      [20, 20],
      [40, 40],
      [60, 60],
    ]);
    await bench.settle();
    const { id } = only(bench.editor.document.list());
    expect(bench.editor.document.area(id)).toBe(1600);
    bench.click(100, 50);
    await bench.settle();
    bench.click(30, 30, { button: 2 });
    await bench.settle();
    expect(bench.editor.document.area(id)).toBe(1600 + 100 - 100);
    expect(bench.editor.document.annotation(id)?.prompts.map((prompt) => prompt.kind)).toEqual([
      "box",
      "in",
      "out",
    ]);
    bench.editor.undo();
    expect(bench.editor.document.area(id)).toBe(1700);
    bench.editor.redo();
    bench.key("finish");
    expect(bench.editor.selection.get()).toEqual([]);
    bench.drag([
      [150, 10],
      [160, 20],
      [170, 30],
    ]);
    await bench.settle();
    expect(bench.editor.document.list()).toHaveLength(2);
  });

  test("Escape takes back all that this session did to the object", async () => {
    const bench = createBench({ tool: "smart", segment: squares });
    bench.drag([
      [20, 20],
      [40, 40],
      [60, 60],
    ]);
    await bench.settle();
    bench.click(100, 50);
    await bench.settle();
    bench.key("escape");
    expect(bench.editor.document.list()).toHaveLength(0);
  });

  test("a colleague's stroke of the same moment survives the network's answer", async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const bench = createBench({
      tool: "smart",
      segment: async (request) => {
        if (request.clicks.length > 0) await gate;
        return squares(request);
      },
    });
    bench.drag([
      [20, 20],
      [40, 40],
      [60, 60],
    ]);
    await bench.settle();
    const { id } = only(bench.editor.document.list());
    bench.click(100, 50);
    const jo = createBench({ tool: "brush", doc: bench.editor.document.doc });
    jo.editor.selection.set([id]);
    jo.drag([
      [150, 80],
      [160, 80],
    ]);
    release();
    await bench.settle();
    const mask = bench.editor.document.mask(id);
    expect(mask && isPixelSet(mask, 155, 80)).toBe(true);
    expect(mask && isPixelSet(mask, 100, 50)).toBe(true);
  });

  test("clicks that come while the network works are answered together by the last answer", async () => {
    const asked: number[] = [];
    let turn = 0;
    const bench = createBench({
      tool: "smart",
      segment: async (request) => {
        asked.push(request.clicks.length);
        const mine = ++turn;
        await Promise.resolve();
        return mine === turn ? squares(request) : undefined;
      },
    });
    bench.drag([
      [20, 20],
      [40, 40],
      [60, 60],
    ]);
    await bench.settle();
    const { id } = only(bench.editor.document.list());
    bench.click(100, 50).click(120, 50);
    await bench.settle();
    expect(asked).toEqual([0, 1, 2]);
    expect(bench.editor.document.annotation(id)?.prompts).toHaveLength(3);
    expect(bench.editor.document.area(id)).toBe(1600 + 200);
  });

  test("a failing network says so and stores nothing", async () => {
    const bench = createBench({
      tool: "smart",
      segment: () => Promise.reject(new Error("The network could not be loaded; reload the page.")),
    });
    bench.drag([
      [20, 20],
      [40, 40],
      [60, 60],
    ]);
    await bench.settle();
    expect(bench.editor.document.list()).toHaveLength(0);
    expect(bench.notice()).toBe("The network could not be loaded; reload the page.");
    expect(bench.editor.preview.get().prompts).toEqual([]);
  });

  test("a mask painted by hand is refined and protected; its dots stay with it for the next person", async () => {
    const requests: SegmentRequest[] = [];
    const bench = createBench({
      tool: "brush",
      brushRadius: 10,
      segment: (request) => {
        requests.push(request);
        return squares(request);
      },
    });
    bench.drag([
      [50, 50],
      [60, 50],
    ]);
    const { id } = only(bench.editor.document.list());
    bench.editor.runner.choose("smart");
    bench.click(100, 50);
    await bench.settle();
    expect(requests[0]).toMatchObject({ protect: true, clicks: [{ x: 100, y: 50, inside: true }] });
    expect(requests[0]?.mask).toBeDefined();
    const next = createBench({ tool: "smart", doc: bench.editor.document.doc, segment: squares });
    next.editor.selection.set([id]);
    expect(next.editor.preview.get().prompts?.map((prompt) => prompt.kind)).toEqual(["in"]);
  });
});
