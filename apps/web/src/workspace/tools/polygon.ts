import { regionOperations, ringsBitmask } from "@limn/shared/document";
import { imageToScreen, simplifyRing, type ImagePoint } from "@limn/shared/geometry";
import { bitmaskArea } from "@limn/shared/raster";
import {
  DRAG_PX,
  editableSelection,
  HIT_PX,
  requireClass,
  screenDistance,
  type Next,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolState,
} from "./tool.ts";

/** A free line keeps points that are further than this (CSS pixels) from the line without them. */
const FREE_TOLERANCE_PX = 1;

type Mode = "new" | "add" | "cut";

function createPolygonStates(ctx: ToolContext): ToolState {
  let points: number[] = [];
  let mode: Mode = "new";

  const pointAt = (i: number): ImagePoint => ({ x: points[2 * i] ?? 0, y: points[2 * i + 1] ?? 0 });
  /** Screen distance in CSS pixels between image points. */
  const apart = (a: ImagePoint, b: ImagePoint): number => {
    const view = { scale: ctx.scale(), offsetX: 0, offsetY: 0 };
    return screenDistance(imageToScreen(view, a), imageToScreen(view, b));
  };
  const closes = (at: ImagePoint): boolean => points.length >= 6 && apart(at, pointAt(0)) <= HIT_PX;
  const within = (at: ImagePoint): ImagePoint => ({
    x: Math.min(ctx.document.size.width, Math.max(0, at.x)),
    y: Math.min(ctx.document.size.height, Math.max(0, at.y)),
  });

  const show = (cursor?: ImagePoint): void => {
    const closing = cursor !== undefined && closes(cursor);
    ctx.preview.set({
      polygon: { points: [...points], ...(cursor ? { cursor } : {}), closing, mode },
    });
    const ring = cursor && !closing ? [...points, cursor.x, cursor.y] : points;
    ctx.showDraft({ kind: "polygon", points: ring });
  };
  const clear = (): ToolState => {
    points = [];
    ctx.preview.set({});
    ctx.showDraft(undefined);
    return idle;
  };

  function finish(): ToolState {
    const ring = points;
    if (ring.length < 6) {
      ctx.notify("A polygon needs at least three points.");
      return drawing;
    }
    if (bitmaskArea(ringsBitmask(ctx.document, [ring])) === 0) {
      ctx.notify("This polygon covers no pixel of the picture: draw it around the object.");
      return clear();
    }
    const target = mode === "new" ? undefined : editableSelection(ctx);
    if (target !== undefined) {
      const area = ringsBitmask(ctx.document, [ring]);
      const operations = regionOperations(
        ctx.author,
        mode === "cut" ? { added: undefined, removed: area } : { added: area, removed: undefined },
      );
      ctx.perform(mode === "cut" ? "Cut out" : "Add area", [
        { kind: "append-operations", id: target, operations },
      ]);
      return clear();
    }
    const classId = requireClass(ctx);
    if (classId !== undefined) {
      const id = ctx.newId();
      if (
        ctx.perform("Polygon", [{ kind: "create", id, shape: "polygon", classId, rings: [ring] }])
      )
        ctx.selection.set([id]);
    }
    return clear();
  }

  /** On a selected mask a polygon adds, with Shift it cuts; otherwise it is a new object. */
  function modeFor(event: ToolEvent): Mode {
    const [id, ...rest] = ctx.selection.get();
    const onMask =
      id !== undefined && rest.length === 0 && ctx.document.annotation(id)?.shape === "mask";
    return onMask ? (event.shift ? "cut" : "add") : "new";
  }

  function press(event: ToolEvent): ToolState {
    const at = within(event.point);
    if (closes(at)) return finish();
    if (points.length === 0) mode = modeFor(event);
    const lastIndex = points.length / 2 - 1;
    if (lastIndex < 0 || apart(at, pointAt(lastIndex)) >= 2) points.push(at.x, at.y);
    show(at);
    const start = points.length;
    const free: number[] = [];
    return {
      ...drawing,
      name: "pressed",
      move(next) {
        if (screenDistance(event.screen, next.screen) >= DRAG_PX || free.length > 0)
          for (const sample of next.samples) free.push(within(sample).x, within(sample).y);
        points.splice(start, points.length - start, ...free);
        show(within(next.point));
        return undefined;
      },
      up(next) {
        if (free.length > 0) {
          const kept = simplifyLine(free, FREE_TOLERANCE_PX / ctx.scale());
          points.splice(start, points.length - start, ...kept);
          const end = within(next.point);
          // A line drawn all the way round is a finished shape.
          if (points.length >= 12 && apart(end, pointAt(0)) <= 1.5 * HIT_PX) return finish();
        }
        show(within(next.point));
        return drawing;
      },
    };
  }

  const drawing: ToolState = {
    name: "drawing",
    down(event) {
      if (event.button === 2) return finish();
      return event.button === 0 ? press(event) : undefined;
    },
    move(event): Next {
      show(within(event.point));
      return undefined;
    },
    key(key) {
      if (key === "finish") return finish();
      if (key === "escape") return clear();
      return key === "back" ? takeBack() : "unused";
    },
    undo: takeBack,
    leave: () => void clear(),
  };

  function takeBack(): Next | "unused" {
    if (points.length === 0) return "unused";
    points.splice(-2, 2);
    if (points.length === 0) return clear();
    show();
    return undefined;
  }

  const idle: ToolState = {
    name: "idle",
    down: (event) => (event.button === 0 ? press(event) : undefined),
  };
  return idle;
}

/** An open line as simplifyRing would treat it: first and last point stay. */
function simplifyLine(flat: readonly number[], tolerance: number): number[] {
  return flat.length <= 4 ? [...flat] : [...simplifyRing(flat, tolerance)];
}

export const polygon: Tool = {
  id: "polygon",
  label: "Polygon",
  code: "KeyP",
  printed: "P",
  cursor: "crosshair",
  hint: "Click points or hold to draw free · Enter or the first point closes · on a selected mask it adds, Shift cuts",
  writes: true,
  start: createPolygonStates,
};
