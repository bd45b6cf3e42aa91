import { screenToImage, type ScreenPoint } from "@limn/shared/geometry";
import type { Editor } from "../editor.ts";
import type { ToolEvent } from "../tools/tool.ts";

const WHEEL_STEP = 1.0018;
const LINE_PX = 16;

export interface PointerInput {
  /** Space is held: the left button moves the picture. */
  setSpace(held: boolean): void;
  /** Space went down and up without a drag. */
  readonly spaceWasUsed: () => boolean;
  dispose(): void;
}

/** Turns the DOM's pointer and wheel events into tool events in image pixels; moving and zooming happen here, in every tool. */
export function attachPointer(element: HTMLElement, editor: Editor): PointerInput {
  const { viewport, runner } = editor;
  const touches = new Map<number, ScreenPoint>();
  let panning: { id: number; last: ScreenPoint } | undefined;
  let drawing: number | undefined;
  let space = false;
  let spaceUsed = false;

  const at = (event: { clientX: number; clientY: number }): ScreenPoint => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const toToolEvent = (event: PointerEvent): ToolEvent => {
    const screen = at(event);
    const view = viewport.get();
    const coalesced = event.getCoalescedEvents?.() ?? [];
    return {
      point: screenToImage(view, screen),
      screen,
      button: event.button < 0 ? 0 : event.button,
      shift: event.shiftKey,
      alt: event.altKey,
      ctrl: event.ctrlKey || event.metaKey,
      pressure: event.pressure,
      samples: (coalesced.length > 0 ? coalesced : [event]).map((one) =>
        screenToImage(view, at(one)),
      ),
    };
  };

  const startPan = (event: PointerEvent): void => {
    panning = { id: event.pointerId, last: at(event) };
    element.dataset["panning"] = "";
  };
  const endPan = (): void => {
    panning = undefined;
    delete element.dataset["panning"];
  };

  function down(event: PointerEvent): void {
    // A click on the picture also takes the focus away from a field, so that keys reach the tools.
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    if (event.pointerType === "touch") {
      touches.set(event.pointerId, at(event));
      if (touches.size > 1) {
        drawing = undefined;
        runner.abandon();
        return;
      }
    }
    const hand = space || runner.tool.get().id === "pan";
    if (event.button === 1 || (event.button === 0 && hand)) {
      event.preventDefault();
      spaceUsed ||= space;
      startPan(event);
      return;
    }
    if (event.button !== 0 && event.button !== 2) return;
    if (drawing !== undefined) return;
    drawing = event.pointerId;
    runner.down(toToolEvent(event));
  }

  function move(event: PointerEvent): void {
    if (event.pointerType === "touch" && touches.size > 1) {
      pinch(event);
      return;
    }
    if (panning?.id === event.pointerId) {
      const now = at(event);
      viewport.pan({ x: now.x - panning.last.x, y: now.y - panning.last.y });
      panning.last = now;
    } else if (drawing === undefined || drawing === event.pointerId)
      runner.move(toToolEvent(event));
    editor.pointerAt(screenToImage(viewport.get(), at(event)));
  }

  function pinch(event: PointerEvent): void {
    const before = touches.get(event.pointerId);
    const other = [...touches].find(([id]) => id !== event.pointerId)?.[1];
    const now = at(event);
    touches.set(event.pointerId, now);
    if (!before || !other) return;
    const distance = (p: ScreenPoint) => Math.hypot(p.x - other.x, p.y - other.y);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    viewport.pan({ x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 });
    if (distance(before) > 0) viewport.zoomBy(distance(now) / distance(before), middle);
  }

  function up(event: PointerEvent): void {
    touches.delete(event.pointerId);
    if (panning?.id === event.pointerId) endPan();
    else if (drawing === event.pointerId) {
      drawing = undefined;
      runner.up(toToolEvent(event));
    }
  }

  function cancel(event: PointerEvent): void {
    touches.delete(event.pointerId);
    if (panning?.id === event.pointerId) endPan();
    if (drawing === event.pointerId) {
      drawing = undefined;
      // The system took the pointer away: what was drawn so far counts.
      runner.up(toToolEvent(event));
    }
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? 400 : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    // Two fingers on a trackpad send small steps with both axes; a pinch comes with Ctrl.
    const trackpad = event.deltaMode === 0 && !event.ctrlKey && event.deltaX !== 0;
    if (trackpad) viewport.pan({ x: -dx, y: -dy });
    else viewport.zoomBy(WHEEL_STEP ** -(event.ctrlKey ? dy * 6 : dy), at(event));
  }

  const leave = (): void => {
    runner.clearPointer();
    editor.pointerAt(undefined);
  };
  const noMenu = (event: Event): void => event.preventDefault();
  const fit = (event: MouseEvent): void => {
    if (event.button === 1 && event.detail === 2) viewport.fit();
  };

  element.addEventListener("pointerdown", down);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", cancel);
  element.addEventListener("pointerleave", leave);
  element.addEventListener("wheel", wheel, { passive: false });
  element.addEventListener("contextmenu", noMenu);
  element.addEventListener("auxclick", fit);
  return {
    setSpace(held) {
      if (held && !space) spaceUsed = false;
      space = held;
      if (held) element.dataset["hand"] = "";
      else delete element.dataset["hand"];
    },
    spaceWasUsed: () => spaceUsed,
    dispose() {
      element.removeEventListener("pointerdown", down);
      element.removeEventListener("pointermove", move);
      element.removeEventListener("pointerup", up);
      element.removeEventListener("pointercancel", cancel);
      element.removeEventListener("pointerleave", leave);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("contextmenu", noMenu);
      element.removeEventListener("auxclick", fit);
    },
  };
}
