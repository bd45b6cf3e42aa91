import { test } from "vitest";
import { createBench } from "../testing/bench.ts";

test("x", () => {
  const bench = createBench({ tool: "brush" });
  const { document } = bench.editor;
  const look = (l: string) =>
    console.log(
      l,
      document
        .list()
        .map((a) => [a.id, a.shape, a.deleted, document.area(a.id)].join(" "))
        .join(";"),
      bench.editor.selection.get(),
      bench.notice(),
    );
  const during = (y: number, act: () => void) => {
    bench.press(20, y).move(60, y);
    act();
    bench.move(80, y).release(80, y);
  };
  bench.drag([
    [20, 20],
    [60, 20],
  ]);
  during(25, () => bench.editor.runner.choose("polygon"));
  look("one");
  if (!bench.editor.runner.key("escape")) bench.editor.selection.set([]);
  bench.editor.runner.choose("brush");
  during(50, () => bench.key("escape"));
  look("esc");
  during(60, () => bench.editor.undo());
  look("undo mid");
  during(60, () => bench.editor.deleteSelection());
  look("del mid");
  during(60, () => bench.editor.setClass("cat"));
  look("class mid");
  for (let i = 0; i < 12; i++) {
    bench.editor.undo();
    look("undo");
  }
});
