import { boxBetween, clipBox, type ImagePoint } from "@limn/shared/geometry";
import {
  DRAG_PX,
  requireClass,
  screenDistance,
  type Next,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolState,
} from "./tool.ts";

/** The smallest side of a box, in image pixels: less is a slip of the hand. */
const SMALLEST_PX = 1;

function createBoxStates(ctx: ToolContext): ToolState {
  const show = (from: ImagePoint, to: ImagePoint): void => {
    const box = boxBetween(from, to);
    ctx.preview.set({ box });
    ctx.showDraft({ kind: "box", box });
  };
  const clear = (): ToolState => {
    ctx.preview.set({});
    ctx.showDraft(undefined);
    return idle;
  };
  const finish = (from: ImagePoint, to: ImagePoint): ToolState => {
    const box = clipBox(boxBetween(from, to), ctx.document.size);
    if (!box || box.width < SMALLEST_PX || box.height < SMALLEST_PX) {
      ctx.notify("This box is too small: drag from one corner of the object to the other.");
      return clear();
    }
    const classId = requireClass(ctx);
    if (classId !== undefined) {
      const id = ctx.newId();
      if (ctx.perform("Box", [{ kind: "create", id, shape: "box", classId, box }]))
        ctx.selection.set([id]);
    }
    return clear();
  };

  /** Pressed at a corner: a drag ends at its release, a click waits for the click on the other corner. */
  function corner(start: ToolEvent): ToolState {
    let dragged = false;
    const follow = (event: ToolEvent): Next => {
      dragged ||= screenDistance(start.screen, event.screen) >= DRAG_PX;
      show(start.point, event.point);
      return undefined;
    };
    const waiting: ToolState = {
      name: "second corner",
      move: follow,
      down: (event) => (event.button === 0 ? finish(start.point, event.point) : clear()),
      key: (key) => (key === "escape" || key === "back" ? clear() : "unused"),
      undo: clear,
      leave: () => void clear(),
    };
    return {
      ...waiting,
      name: "dragging",
      up: (event) => (dragged ? finish(start.point, event.point) : waiting),
    };
  }

  const idle: ToolState = {
    name: "idle",
    down: (event) => (event.button === 0 ? corner(event) : undefined),
  };
  return idle;
}

export const box: Tool = {
  id: "box",
  label: "Box",
  code: "KeyR",
  printed: "R",
  cursor: "crosshair",
  hint: "Drag from corner to corner, or click both corners",
  writes: true,
  start: createBoxStates,
};
