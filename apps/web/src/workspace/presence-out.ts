import type { AnnotationId } from "@limn/shared/document";
import type { ToolContext } from "./tools/tool.ts";

/** What the editor shows to the others; adapters turn it into presence. */
export interface PresenceOut {
  cursor(point: { x: number; y: number } | undefined): void;
  tool(label: string): void;
  selection(ids: readonly AnnotationId[]): void;
  draft: ToolContext["showDraft"];
  stroke: ToolContext["showStroke"];
}
