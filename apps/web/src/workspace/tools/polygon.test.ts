import { isPixelSet } from "@limn/shared/raster";
import { describe, expect, test } from "vitest";
import { createBench } from "../testing/bench.ts";

describe("polygon", () => {
  test("clicks make a polygon that closes at its first point", () => {
    const bench = createBench({ tool: "polygon" });
    bench.click(10, 10).click(110, 10).click(110, 60).click(12, 12);
    const made = bench.only();
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
    const made = bench.only();
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
    const { id } = bench.only();
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
