import { isPixelSet } from "@limn/shared/raster";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { createBench } from "../testing/bench.ts";

describe("brush", () => {
  test("a stroke on empty ground makes a mask; the next goes on it; one undo takes one stroke", () => {
    const bench = createBench({ tool: "brush" });
    bench.drag([
      [50, 50],
      [60, 50],
      [80, 50],
    ]);
    const first = bench.only();
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
    const { id } = bench.only();
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
    expect(bench.only().operationCount).toBeGreaterThan(1);
    bench.key("escape");
    expect(bench.editor.document.list()).toHaveLength(0);
  });

  test("painting on a polygon turns it into a mask of the same pixels and more, in one step of undo", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(20, 20).click(60, 20).click(60, 60).click(20, 60).key("finish");
    const { id } = bench.only();
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
    const { id } = ana.only();
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
