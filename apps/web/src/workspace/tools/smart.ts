import type { Prompt } from "@limn/shared/document";
import { boxBetween, clipBox, type ImagePoint } from "@limn/shared/geometry";
import { createObjectAtHand } from "./object-at-hand.ts";
import { isClick, type ClickPrompt, type PromptChange } from "./prompts.ts";
import {
  DRAG_PX,
  HIT_PX,
  screenDistance,
  type Next,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolState,
} from "./tool.ts";

const SMALLEST_BOX_PX = 3;

/** Boxes, clicks and dots: the gestures; what they mean for the object is `object-at-hand.ts`. */
function createSmartStates(ctx: ToolContext): ToolState {
  const object = createObjectAtHand(ctx);
  let promptCount = 0;

  const nextPromptId = (): string =>
    `${Date.now().toString(36)}-${(promptCount++).toString(36)}-${ctx.newId().slice(0, 4)}`;

  const dotAt = (at: ImagePoint): ClickPrompt | undefined => {
    const reach = HIT_PX / ctx.scale();
    return object
      .prompts()
      .filter(isClick)
      .findLast((p) => Math.hypot(p.point.x - at.x, p.point.y - at.y) <= reach);
  };
  const adding = (label: string, prompt: Prompt): PromptChange => ({
    label,
    set: [{ ...prompt, id: nextPromptId() }],
    remove: [],
  });
  const removePrompt = (id: string): void =>
    object.ask({ label: "Remove a click", set: [], remove: [id] });

  function press(event: ToolEvent): Next {
    if (event.button === 1) return undefined;
    const dot = dotAt(event.point);
    if (dot && event.alt) {
      removePrompt(dot.id);
      return undefined;
    }
    if (dot && event.button === 0 && !event.shift) return dragDot(dot, event);
    const outside = event.button === 2 || event.shift;
    return outside ? pressOutside() : pressInside(event);
  }

  function pressOutside(): ToolState {
    return {
      name: "outside",
      up(end) {
        if (object.isBegun())
          object.ask(adding("Click outside", { kind: "out", point: clamp(end.point) }));
        else
          ctx.notify("Draw a box or click on the object first; then right-click what is too much.");
        return idle;
      },
      key: (key) => (key === "escape" ? idle : "unused"),
      leave: object.leave,
    };
  }

  /** A click goes to the object at hand; a drag is a box around the next one. */
  function pressInside(start: ToolEvent): ToolState {
    let dragged = false;
    const drawing: ToolState = {
      name: "box",
      move(event): Next {
        dragged ||= screenDistance(start.screen, event.screen) >= DRAG_PX;
        if (!dragged) return undefined;
        const box = boxBetween(start.point, event.point);
        ctx.preview.set({ box });
        ctx.showDraft({ kind: "box", box });
        return undefined;
      },
      up(event) {
        if (!dragged) {
          object.ask(adding("Click inside", { kind: "in", point: clamp(start.point) }));
          return idle;
        }
        const box = clipBox(boxBetween(start.point, event.point), ctx.document.size);
        if (!box || box.width < SMALLEST_BOX_PX || box.height < SMALLEST_BOX_PX) {
          ctx.notify("This box is too small: drag it around the object.");
          object.show();
          return idle;
        }
        object.askNext(adding("Box", { kind: "box", box }));
        return idle;
      },
      key(key) {
        if (key !== "escape") return "unused";
        object.show();
        return idle;
      },
      leave: object.leave,
    };
    return drawing;
  }

  function dragDot(dot: ClickPrompt, start: ToolEvent): ToolState {
    let at = start.point;
    let dragged = false;
    return {
      name: "dragging a click",
      move(event): Next {
        dragged ||= screenDistance(start.screen, event.screen) >= DRAG_PX;
        at = clamp(event.point);
        if (dragged)
          ctx.preview.set({
            prompts: object.prompts().map((p) => (p.id === dot.id ? { ...dot, point: at } : p)),
            hotPrompt: dot.id,
          });
        return undefined;
      },
      up() {
        if (dragged)
          object.ask({ label: "Move a click", set: [{ ...dot, point: at }], remove: [] });
        else object.show();
        return idle;
      },
      key(key) {
        if (key !== "escape") return "unused";
        object.show();
        return idle;
      },
      leave: object.leave,
    };
  }

  const clamp = (at: ImagePoint): ImagePoint => ({
    x: Math.min(ctx.document.size.width - 0.5, Math.max(0.5, at.x)),
    y: Math.min(ctx.document.size.height - 0.5, Math.max(0.5, at.y)),
  });

  const idle: ToolState = {
    name: "idle",
    down: press,
    move(event): Next {
      const dot = dotAt(event.point);
      if (ctx.preview.get().hotPrompt !== dot?.id) object.show(dot?.id);
      return undefined;
    },
    key(key) {
      if (!object.isBegun()) return "unused";
      if (key === "next") return object.showNext() ? undefined : "unused";
      if (key === "finish") object.accept();
      else if (key === "escape") object.cancel();
      else {
        const last = object.prompts().findLast(isClick);
        if (!last) return "unused";
        removePrompt(last.id);
      }
      return undefined;
    },
    undo: () => (object.undo() ? undefined : "unused"),
    leave: object.leave,
  };
  return idle;
}

export const smart: Tool = {
  id: "smart",
  label: "Smart segment",
  code: "KeyS",
  printed: "S",
  cursor: "crosshair",
  hint: "Drag a box around the object, or click on it",
  writes: true,
  start: createSmartStates,
};
