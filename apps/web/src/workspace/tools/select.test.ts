import { isPixelSet } from "@limn/shared/raster";
import { describe, expect, test } from "vitest";
import { createBench } from "../testing/bench.ts";

describe("select", () => {
  test("a vertex is dragged in one write, an edge takes a new point, Alt+click removes one", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(10, 10).click(60, 10).click(60, 60).click(10, 60).key("finish");
    const { id } = bench.only();
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
    const { id } = bench.only();
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
