import { describe, expect, test } from "vitest";
import { createBench } from "../testing/bench.ts";

describe("box", () => {
  test("a drag and two clicks make the same box, cut at the picture's edge", () => {
    const bench = createBench({ tool: "box" });
    bench.drag([
      [150, 80],
      [190, 95],
      [230, 130],
    ]);
    expect(bench.only().box).toEqual({
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
    expect(bench.only().box).toEqual({ x: 10, y: 10, width: 30, height: 40 });
  });
});
