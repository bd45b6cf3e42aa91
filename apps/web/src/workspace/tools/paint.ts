import {
  brushOperations,
  convertToMask,
  STROKE_CHUNK_POINTS,
  type AnnotationId,
} from "@limn/shared/document";
import { createLiveStroke } from "./live-stroke.ts";
import {
  editableSelection,
  requireClass,
  type Gesture,
  type Next,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolState,
} from "./tool.ts";

type Mode = "add" | "remove";

/** Brush and eraser are one tool in two modes; Shift swaps them for a stroke. */
function createPaintStates(ctx: ToolContext, usual: Mode): ToolState {
  let lastEnd: { x: number; y: number } | undefined;

  const modeOf = (event: ToolEvent): Mode => (event.shift === (usual === "add") ? "remove" : "add");

  const showCursor = (event: ToolEvent): void =>
    ctx.preview.set({
      brush: {
        at: event.point,
        radius: ctx.brush.get().radius,
        erase: modeOf(event) === "remove",
      },
    });

  /** The object to paint on, made or turned into a mask within the gesture. */
  function prepareTarget(gesture: Gesture, mode: Mode, event: ToolEvent): AnnotationId | undefined {
    let id = editableSelection(ctx);
    if (id === undefined && ctx.selection.get().length > 0) return undefined;
    if (id === undefined && mode === "remove") {
      id = ctx.document
        .hitTest(event.point)
        .find((hit) => !ctx.isHidden(hit) && !ctx.isLocked(hit));
      if (id === undefined) {
        ctx.notify("There is no object under the eraser.");
        return undefined;
      }
    }
    if (id === undefined) {
      const classId = requireClass(ctx);
      if (classId === undefined) return undefined;
      id = ctx.newId();
      gesture.perform([{ kind: "create", id, shape: "mask", classId }]);
    } else gesture.perform(convertToMask(ctx.document, id, ctx.author));
    ctx.selection.set([id]);
    return id;
  }

  function paint(event: ToolEvent): Next {
    const mode = modeOf(event);
    const gesture = ctx.begin(mode === "add" ? "Brush stroke" : "Eraser stroke");
    if (!gesture) return undefined;
    const chosen = ctx.selection.get();
    const id = prepareTarget(gesture, mode, event);
    if (id === undefined) {
      gesture.cancel();
      return undefined;
    }
    const isNew = !chosen.includes(id) && mode === "add";
    const { radius } = ctx.brush.get();
    const spacing = Math.max(0.5, radius / 12, 0.7 / ctx.scale());
    const live = createLiveStroke({
      document: ctx.document,
      id,
      radius,
      mode,
      show: (mask, tiles) => ctx.previewMask(id, mask, tiles),
    });
    let points: number[] = [];
    const stop = ctx.document.onChange((change) => {
      if (change.tiles.has(id) || change.changed.includes(id)) live.rebase(points);
    });

    const add = (x: number, y: number): void => {
      const lx = points.at(-2);
      const ly = points.at(-1);
      if (lx !== undefined && ly !== undefined && Math.hypot(x - lx, y - ly) < spacing) return;
      points.push(x, y);
      live.extend(x, y);
      if (points.length >= 2 * STROKE_CHUNK_POINTS) commit();
    };
    /** What is painted so far goes into the document; the next chunk goes on from its last point. */
    const commit = (): void => {
      const chunk = points;
      points = chunk.slice(-2);
      gesture.perform([
        {
          kind: "append-operations",
          id,
          operations: brushOperations(ctx.author, { mode, radius, points: chunk }),
        },
      ]);
      ctx.showStroke(undefined);
    };
    const share = (): void => ctx.showStroke({ annotation: id, mode, radius, points });
    const finish = (): ToolState => {
      const x = points.at(-2);
      const y = points.at(-1);
      if (points.length > 0) commit();
      stop();
      if (isNew && ctx.document.area(id) === 0) {
        gesture.cancel();
        ctx.notify("This stroke did not touch the picture: nothing was made of it.");
      } else gesture.end();
      ctx.showStroke(undefined);
      if (x !== undefined && y !== undefined) lastEnd = { x, y };
      return idle;
    };

    if (event.ctrl && lastEnd) add(lastEnd.x, lastEnd.y);
    add(event.point.x, event.point.y);
    share();
    return {
      name: "painting",
      move(next) {
        for (const sample of next.samples) add(sample.x, sample.y);
        showCursor(next);
        share();
        return undefined;
      },
      up: finish,
      key(key) {
        if (key !== "escape") return "unused";
        points = [];
        stop();
        gesture.cancel();
        ctx.showStroke(undefined);
        live.rebase([]);
        return idle;
      },
      leave: () => void finish(),
    };
  }

  const idle: ToolState = {
    name: "idle",
    down: (event) => (event.button === 0 ? paint(event) : undefined),
    move(event) {
      showCursor(event);
      return undefined;
    },
  };
  return idle;
}

export const brush: Tool = {
  id: "brush",
  label: "Brush",
  code: "KeyB",
  printed: "B",
  cursor: "none",
  hint: "Paint on the selected object or start a new one · Shift erases · [ ] size · Ctrl+click draws straight",
  writes: true,
  start: (ctx) => createPaintStates(ctx, "add"),
};

export const eraser: Tool = {
  id: "eraser",
  label: "Eraser",
  code: "KeyE",
  printed: "E",
  cursor: "none",
  hint: "Erase from the selected object · Shift paints · [ ] size",
  writes: true,
  start: (ctx) => createPaintStates(ctx, "remove"),
};
