import { bitmaskArea, createBitmask, isBitSet, isPixelSet } from "@limn/shared/raster";
import { describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { type Bench, createBench } from "../testing/bench.ts";
import type { SegmentAnswer, SegmentRequest } from "./tool.ts";

/** A drag whose box has 1,600 px. */
const box = [
  [20, 20],
  [40, 40],
  [60, 60],
] as const;

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
  return Promise.resolve({ mask, score: 1, others: () => Promise.resolve([]) });
};

describe("smart segment", () => {
  test("a box gives a mask; clicks inside and outside correct it; each is one step of undo; Enter accepts", async () => {
    const bench = createBench({ tool: "smart", segment: squares });
    bench.drag(box);
    await bench.settle();
    const { id } = bench.only();
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
    bench.drag(box);
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
    bench.drag(box);
    await bench.settle();
    const { id } = bench.only();
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
    bench.drag(box);
    await bench.settle();
    const { id } = bench.only();
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
    bench.drag(box);
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
    const { id } = bench.only();
    const area = bench.editor.document.area(id);
    bench.editor.runner.choose("smart");
    bench.click(100, 50);
    await bench.settle();
    expect(requests[0]).toMatchObject({ protect: true, clicks: [{ x: 100, y: 50, inside: true }] });
    // What was painted, as it is: the area of the stroke, and its ends.
    const painted = requests[0]?.mask ?? createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });
    expect(bitmaskArea(painted)).toBe(area);
    expect([41, 50, 69, 39, 71].map((x) => isBitSet(painted, x, 50))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    const next = createBench({ tool: "smart", doc: bench.editor.document.doc, segment: squares });
    next.editor.selection.set([id]);
    expect(next.editor.preview.get().prompts?.map((prompt) => prompt.kind)).toEqual(["in"]);
  });

  test("a box looks the same while the network works, and is marked as waited for only when that takes long", async () => {
    vi.useFakeTimers();
    try {
      const bench = createBench({ tool: "smart", segment: () => new Promise(() => {}) });
      bench.press(20, 20).move(40, 40).move(60, 60);
      const drawn = bench.editor.preview.get();
      expect(drawn).toEqual({ box: { x: 20, y: 20, width: 40, height: 40 } });
      bench.release(60, 60);
      // The very same: nothing is drawn anew while the network is at work.
      expect(bench.editor.preview.get()).toBe(drawn);
      vi.advanceTimersByTime(149);
      expect(bench.editor.preview.get()).toBe(drawn);
      vi.advanceTimersByTime(1);
      expect(bench.editor.preview.get()).toMatchObject({
        busy: { x: 40, y: 40 },
        prompts: [{ kind: "box", box: { x: 20, y: 20, width: 40, height: 40 } }],
      });
    } finally {
      vi.useRealTimers();
    }
  });

  test("a click's dot is there at once; what the next gesture shows is not painted over by an old wait", async () => {
    vi.useFakeTimers();
    try {
      const bench = createBench({ tool: "smart", segment: () => new Promise(() => {}) });
      bench.click(50, 50);
      expect(bench.editor.preview.get().prompts).toMatchObject([
        { kind: "in", point: { x: 50, y: 50 } },
      ]);
      bench.press(100, 20).move(140, 60);
      vi.advanceTimersByTime(1000);
      expect(bench.editor.preview.get()).toEqual({ box: { x: 100, y: 20, width: 40, height: 40 } });
    } finally {
      vi.useRealTimers();
    }
  });

  test("another tool in the middle of a drag: the box before is stored, and the tool shows what is its own", async () => {
    const answers: (() => void)[] = [];
    const bench = createBench({
      tool: "smart",
      segment: async (request) => {
        await new Promise<void>((resolve) => answers.push(resolve));
        return squares(request);
      },
    });
    bench.drag(box).press(100, 20).move(140, 60);
    bench.editor.runner.choose("polygon");
    bench.click(150, 80);
    const shown = bench.editor.preview.get();
    expect(shown.polygon?.points).toEqual([150, 80]);
    answers[0]?.();
    await bench.settle();
    expect(bench.editor.document.area(bench.only().id)).toBe(1600);
    bench.editor.selection.set([bench.only().id]);
    expect(bench.editor.preview.get()).toBe(shown);
  });
});

describe("[MO13] other candidates", () => {
  /** The box, and what is 10 and 20 px smaller at its right. */
  const three = async (request: SegmentRequest): Promise<SegmentAnswer> => {
    const { mask, score } = await squares(request);
    const cut = (by: number) => {
      const data = mask.data.map((value, i) => (i % 200 < 60 - by ? value : 0));
      return { mask: { ...mask, data } };
    };
    return { mask, score, others: () => Promise.resolve([cut(10), cut(20)]) };
  };
  const areaOf = (bench: Bench) => bench.editor.document.area(bench.only().id);
  const place = (bench: Bench) => bench.editor.preview.get().candidate;
  const drawn = async () => {
    const bench = createBench({ tool: "smart", segment: three });
    bench.drag(box);
    await bench.settle();
    return bench;
  };

  test("Z goes through the masks of the last answer and comes back to the first; each is one step of undo", async () => {
    const bench = await drawn();
    expect(place(bench)).toEqual({ index: 0, count: 3 });
    const areas = [1, 2, 3].map(() => areaOf(bench.key("next")));
    expect(areas).toEqual([1200, 800, 1600]);
    expect(place(bench)).toEqual({ index: 0, count: 3 });
    bench.editor.undo();
    expect([areaOf(bench), place(bench)?.index]).toEqual([800, 2]);
    expect(bench.notice()).toBe("Undid “Other candidate”.");
    bench.editor.undo();
    expect([areaOf(bench), place(bench)?.index]).toEqual([1200, 1]);
    expect(areaOf(bench.key("next"))).toBe(800);
    // The prompts are the same all along.
    expect(bench.only().prompts.map(({ kind }) => kind)).toEqual(["box"]);
    bench.key("escape");
    expect(bench.editor.document.list()).toEqual([]);
  });

  test("what somebody drew on the object meanwhile stays", async () => {
    const bench = await drawn();
    const { id } = bench.only();
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(bench.editor.document.doc));
    const jo = createBench({ tool: "brush", doc });
    jo.editor.selection.set([id]);
    jo.drag([
      [150, 80],
      [160, 80],
    ]);
    Y.applyUpdate(bench.editor.document.doc, Y.encodeStateAsUpdate(doc));
    bench.key("next");
    const mask = bench.editor.document.mask(id);
    expect(mask && isPixelSet(mask, 155, 80)).toBe(true);
    expect(mask && isPixelSet(mask, 55, 50)).toBe(false);
  });

  test("they are gone with the next question, with undo of the answer, with redo, and with the object", async () => {
    const bench = await drawn();
    bench.key("next").editor.undo();
    bench.editor.redo();
    expect(place(bench)).toBeUndefined();
    bench.click(40, 50);
    expect(place(bench)).toBeUndefined();
    await bench.settle();
    expect(place(bench)?.count).toBe(3);
    bench.editor.undo();
    expect(place(bench)).toBeUndefined();
    bench.key("next");
    expect(areaOf(bench)).toBe(1200);
    bench.key("finish");
    expect(place(bench)).toBeUndefined();
  });

  test("a class may be changed in between; a locked object stays as it is", async () => {
    const bench = await drawn();
    bench.editor.setClass("cat");
    expect(areaOf(bench.key("next"))).toBe(1200);
    bench.editor.locked.set(new Set([bench.only().id]));
    expect(areaOf(bench.key("next"))).toBe(1200);
    expect(bench.notice()).toBe("This object is locked: unlock it in the list to refine it.");
  });

  test("late ones are of no use once something else was asked; a gesture under way is not painted over", async () => {
    const late: (() => void)[] = [];
    const bench = createBench({
      tool: "smart",
      segment: async (request) => {
        const { others, ...answer } = await three(request);
        await Promise.resolve();
        return {
          ...answer,
          others: async () => {
            await new Promise<void>((resolve) => late.push(resolve));
            return others();
          },
        };
      },
    });
    bench.drag(box);
    await bench.settle();
    bench.press(100, 20).move(140, 60);
    const shown = bench.editor.preview.get();
    late[0]?.();
    await bench.settle();
    expect(bench.editor.preview.get()).toBe(shown);
    bench.key("escape");
    expect(place(bench)?.count).toBe(3);
    bench.click(40, 50);
    await bench.settle();
    bench.click(30, 25);
    late[1]?.();
    await bench.settle();
    expect(place(bench)).toBeUndefined();
    late[2]?.();
    await bench.settle();
    expect(place(bench)?.count).toBe(3);
  });

  test("with one mask there is nothing to choose, and the key is the polygon's no more than the box's", async () => {
    const bench = createBench({ tool: "smart", segment: squares });
    bench.drag(box);
    await bench.settle();
    expect(place(bench)).toBeUndefined();
    expect(bench.editor.runner.key("next")).toBe(false);
    bench.editor.runner.choose("polygon");
    bench.click(10, 10).click(50, 10);
    expect(bench.editor.runner.key("next")).toBe(false);
    expect(bench.editor.preview.get().polygon?.points).toHaveLength(4);
  });
});
