import type { ScreenPoint } from "@limn/shared/geometry";
import { NO_PREVIEW } from "./state/preview.ts";
import { createStore, type ReadableStore } from "../state/store.ts";
import { toolOf } from "./tools/index.ts";
import {
  screenDistance,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolId,
  type ToolKey,
  type ToolState,
  type Next,
} from "./tools/tool.ts";

export interface ToolRunner {
  readonly tool: ReadableStore<Tool>;
  /** Leaves the tool in hand; what it has stored stays stored. */
  choose(id: ToolId): void;
  down(event: ToolEvent): void;
  move(event: ToolEvent): void;
  up(event: ToolEvent): void;
  /** False when the tool has no use for the key. */
  key(key: ToolKey): boolean;
  /** True when something inside an unfinished shape was taken back. */
  undo(): boolean;
  /** The pointer left the picture. */
  clearPointer(): void;
  /** Ends a gesture under way as leaving the tool does, so that an action of the keyboard finds nothing half done. */
  settle(): void;
  /** The gesture under way was none: a second finger came down to move the view. */
  abandon(): void;
  dispose(): void;
}

/** Holds the state of the tool in hand, hands it events, clears the preview when it is left. */
export function createToolRunner(ctx: ToolContext, first: ToolId): ToolRunner {
  const tool = createStore<Tool>(toolOf(first));
  let state: ToolState = tool.get().start(ctx);
  let pressed = false;
  let last: ScreenPoint | undefined;

  const go = (next: Next | void): void => {
    if (next) state = next;
  };
  const leave = (): void => {
    state.leave?.();
    pressed = false;
    ctx.preview.set(NO_PREVIEW);
    ctx.showDraft(undefined);
    ctx.showStroke(undefined);
    ctx.hover.set(undefined);
  };

  const runner: ToolRunner = {
    tool,
    choose(id) {
      if (id === tool.get().id) return;
      leave();
      tool.set(toolOf(id));
      state = tool.get().start(ctx);
    },
    down(event) {
      pressed = true;
      last = event.screen;
      go(state.down?.(event));
    },
    move(event) {
      last = event.screen;
      go(state.move?.(event));
    },
    up(event) {
      pressed = false;
      // On a busy machine, or with a quick flick of a pen, the release is the first that is heard of the movement.
      if (last === undefined || screenDistance(last, event.screen) > 0) go(state.move?.(event));
      last = undefined;
      go(state.up?.(event));
    },
    key(key) {
      const next = state.key ? state.key(key) : "unused";
      if (next === "unused") return false;
      go(next);
      return true;
    },
    undo() {
      // In the middle of a gesture the step to take back is the gesture itself.
      const next = state.undo
        ? state.undo()
        : pressed && state.key
          ? state.key("escape")
          : "unused";
      if (next === "unused") return false;
      go(next);
      return true;
    },
    clearPointer() {
      if (pressed) return;
      const { brush: _brush, hotVertex: _vertex, ...rest } = ctx.preview.get();
      ctx.preview.set(rest);
      ctx.hover.set(undefined);
    },
    abandon() {
      if (pressed) runner.undo();
      pressed = false;
    },
    settle() {
      if (!pressed) return;
      leave();
      state = tool.get().start(ctx);
    },
    dispose: leave,
  };
  return runner;
}
