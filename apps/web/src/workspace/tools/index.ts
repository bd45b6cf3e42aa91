import { box } from "./box.ts";
import { brush, eraser } from "./paint.ts";
import { pan } from "./pan.ts";
import { polygon } from "./polygon.ts";
import { select } from "./select.ts";
import { smart } from "./smart.ts";
import type { Tool, ToolId } from "./tool.ts";

/** In the order of the tool rail. */
export const TOOLS: readonly Tool[] = [select, smart, brush, eraser, polygon, box, pan];

export function toolOf(id: ToolId): Tool {
  return TOOLS.find((tool) => tool.id === id) ?? select;
}
