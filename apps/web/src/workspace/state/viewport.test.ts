import { expect, test } from "vitest";
import { createViewport } from "./viewport.ts";

test("a fitted picture lies below the option bar, whatever the window's form, until it is moved", () => {
  const viewport = createViewport({ width: 400, height: 200 });
  viewport.resize({ width: 848, height: 1000 });
  // As wide as the window less two margins of 24 px; in the middle of what the bar leaves.
  expect(viewport.get()).toEqual({ scale: 2, offsetX: 24, offsetY: 32 + (968 - 400) / 2 });
  viewport.resize({ width: 2000, height: 480 });
  expect(viewport.get()).toEqual({ scale: 2, offsetX: (2000 - 800) / 2, offsetY: 32 + 24 });
  viewport.pan({ x: 5, y: 0 });
  viewport.resize({ width: 2000, height: 500 });
  expect(viewport.get()).toEqual({ scale: 2, offsetX: 605, offsetY: 56 + 10 });
  viewport.fit();
  expect(viewport.get().offsetY).toBe(56);
});
