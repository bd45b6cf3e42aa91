import {
  convertToMask,
  regionOperations,
  type AnnotationId,
  type Command,
  type StoredPrompt,
} from "@limn/shared/document";
import { bitmaskArea, differenceOf, type Bitmask } from "@limn/shared/raster";
import type { SegmentRequest, ToolContext } from "./tool.ts";

/** What is to become of the prompts of the object at hand. */
export interface PromptChange {
  readonly label: string;
  readonly set: readonly StoredPrompt[];
  readonly remove: readonly string[];
}

export type ClickPrompt = Extract<StoredPrompt, { kind: "in" | "out" }>;

export const isClick = (prompt: StoredPrompt): prompt is ClickPrompt =>
  prompt.kind === "in" || prompt.kind === "out";

export const clicksOf = (prompts: readonly StoredPrompt[]) =>
  prompts.filter(isClick).map(({ kind, point }) => ({ ...point, inside: kind === "in" }));

/** The stored prompts once the change is made. */
export function changePrompts(
  stored: readonly StoredPrompt[],
  change: PromptChange | undefined,
): StoredPrompt[] {
  if (!change) return [...stored];
  const gone = new Set([...change.remove, ...change.set.map((p) => p.id)]);
  return [...stored.filter((p) => !gone.has(p.id)), ...change.set];
}

/** Both changes as one, the later winning. */
export function mergeChanges(earlier: PromptChange | undefined, later: PromptChange): PromptChange {
  if (!earlier) return later;
  return {
    label: later.label,
    set: changePrompts(earlier.set, later),
    remove: [...earlier.remove, ...later.remove],
  };
}

/** What the network is asked. `stored`: prompts that made what is seen. */
export function requestFor(
  prompts: readonly StoredPrompt[],
  stored: readonly StoredPrompt[],
  seen: Bitmask,
): SegmentRequest {
  const box = prompts.findLast((p) => p.kind === "box");
  const hasMask = bitmaskArea(seen) > 0;
  return {
    ...(box?.kind === "box" ? { box: box.box } : {}),
    clicks: clicksOf(prompts),
    ...(hasMask ? { mask: seen } : {}),
    // A mask that no prompt made was drawn by a person: what the click does not touch stays.
    protect: stored.length === 0 && hasMask,
  };
}

/**
 * Commands that store an answer: the difference to what its user saw, and the changed prompts. Undefined when a new
 * object would have no class.
 */
export function answerCommands(
  ctx: Pick<ToolContext, "document" | "author" | "classId">,
  target: { readonly id: AnnotationId; readonly isNew: boolean },
  change: PromptChange,
  masks: { readonly seen: Bitmask; readonly found: Bitmask },
): Command[] | undefined {
  const { id } = target;
  const operations = regionOperations(ctx.author, differenceOf(masks.seen, masks.found));
  const commands: Command[] = [];
  if (target.isNew) {
    const classId = ctx.classId();
    if (classId === undefined) return undefined;
    commands.push({ kind: "create", id, shape: "mask", classId, operations });
  } else {
    commands.push(...convertToMask(ctx.document, id, ctx.author));
    if (operations.length > 0) commands.push({ kind: "append-operations", id, operations });
  }
  for (const { id: promptId, ...prompt } of change.set)
    commands.push({ kind: "set-prompt", id, promptId, prompt });
  if (!target.isNew)
    for (const promptId of change.remove)
      commands.push({ kind: "set-prompt", id, promptId, prompt: null });
  return commands;
}
