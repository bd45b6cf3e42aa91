import type { Tool } from "./tool.ts";

/** The hand. Moving itself is done by the input room for every tool (middle button, Space), so this has no states. */
export const pan: Tool = {
  id: "pan",
  label: "Hand",
  code: "KeyH",
  printed: "H",
  cursor: "grab",
  hint: "Drag to move the picture · hold Space or the middle button in any tool",
  writes: false,
  start: () => ({ name: "idle" }),
};
