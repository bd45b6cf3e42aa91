import { expect, test } from "vitest";
import { TOOLS } from "./index.ts";

test("every tool has its own key", () => {
  expect(new Set(TOOLS.map((tool) => tool.code)).size).toBe(TOOLS.length);
});
