import { moveMask, type Annotation, type AnnotationId, type Command } from "@limn/shared/document";
import {
  boxBetween,
  boxesIntersect,
  boxToRing,
  translateRing,
  type ImagePoint,
} from "@limn/shared/geometry";
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
import { handleRings, vertexAt, type VertexHit } from "./vertex-handles.ts";

function createSelectStates(ctx: ToolContext): ToolState {
  const reach = (): number => HIT_PX / ctx.scale();
  const visibleHits = (at: ImagePoint): AnnotationId[] =>
    ctx.document.hitTest(at, reach() / 2).filter((id) => !ctx.isHidden(id));

  const soleSelection = (): Annotation | undefined => {
    const [id, ...rest] = ctx.selection.get();
    return id !== undefined && rest.length === 0 && !ctx.isLocked(id)
      ? ctx.document.annotation(id)
      : undefined;
  };

  const vertexUnder = (at: ImagePoint): VertexHit | undefined =>
    vertexAt(soleSelection(), at, reach());

  function dragVertex(annotation: Annotation, hit: VertexHit, start: ToolEvent): ToolState {
    const rings = handleRings(annotation).map((ring) => [...ring]);
    const ring = rings[hit.ring] ?? [];
    if (hit.insert) ring.splice(2 * hit.index, 0, start.point.x, start.point.y);
    let moved = hit.insert;
    const before = annotation.box;
    const opposite = before && {
      x: hit.index === 0 || hit.index === 3 ? before.x + before.width : before.x,
      y: hit.index < 2 ? before.y + before.height : before.y,
    };
    let box = before;
    const show = (): void =>
      ctx.preview.set({
        shape: { id: annotation.id, rings: box ? [boxToRing(box)] : rings },
        hotVertex: { ring: hit.ring, index: hit.index, insert: false },
      });
    return {
      name: "dragging a vertex",
      move(event): Next {
        moved ||= screenDistance(start.screen, event.screen) >= 2;
        if (!moved) return undefined;
        const { width, height } = ctx.document.size;
        const at = {
          x: Math.min(width, Math.max(0, event.point.x)),
          y: Math.min(height, Math.max(0, event.point.y)),
        };
        if (opposite) box = boxBetween(opposite, at);
        else ring.splice(2 * hit.index, 2, at.x, at.y);
        show();
        ctx.showDraft(box ? { kind: "box", box } : { kind: "polygon", points: ring });
        return undefined;
      },
      up() {
        if (moved && box && (box.width < 1 || box.height < 1))
          ctx.notify("A box keeps at least one pixel: it was left as it was.");
        else if (moved)
          ctx.perform(hit.insert ? "Add a point" : box ? "Resize" : "Move a point", [
            box
              ? { kind: "set-geometry", id: annotation.id, box }
              : { kind: "set-geometry", id: annotation.id, rings },
          ]);
        return rest();
      },
      key: (key) => (key === "escape" ? rest() : "unused"),
      leave: () => void rest(),
    };
  }

  function removeVertex(annotation: Annotation, hit: VertexHit): void {
    const rings = handleRings(annotation).map((ring) => [...ring]);
    const ring = rings[hit.ring];
    if (!ring || annotation.shape !== "polygon") return;
    if (ring.length <= 6) {
      ctx.notify("A polygon keeps at least three points; Delete removes the object.");
      return;
    }
    ring.splice(2 * hit.index, 2);
    ctx.perform("Remove a point", [{ kind: "set-geometry", id: annotation.id, rings }]);
  }

  function moveObjects(ids: readonly AnnotationId[], start: ToolEvent): ToolState {
    let dx = 0;
    let dy = 0;
    let moving = false;
    return {
      name: "moving",
      move(event): Next {
        moving ||= screenDistance(start.screen, event.screen) >= DRAG_PX;
        if (!moving) return undefined;
        dx = Math.round(event.point.x - start.point.x);
        dy = Math.round(event.point.y - start.point.y);
        ctx.preview.set({ move: { ids, dx, dy } });
        return undefined;
      },
      up() {
        const commands = ids
          .filter((id) => !ctx.isLocked(id))
          .flatMap((id) => moveCommands(ctx, id, dx, dy));
        if (moving && (dx !== 0 || dy !== 0) && commands.length > 0) ctx.perform("Move", commands);
        return rest();
      },
      key: (key) => (key === "escape" ? rest() : "unused"),
      leave: () => void rest(),
    };
  }

  function marquee(start: ToolEvent): ToolState {
    const kept = start.shift ? ctx.selection.get() : [];
    let dragged = false;
    return {
      name: "marquee",
      move(event): Next {
        dragged ||= screenDistance(start.screen, event.screen) >= DRAG_PX;
        if (!dragged) return undefined;
        const area = boxBetween(start.point, event.point);
        ctx.preview.set({ marquee: area });
        const inside = ctx.document
          .query(area)
          .filter((id) => !ctx.isHidden(id) && !ctx.isLocked(id) && touches(ctx, id, area));
        ctx.selection.set([...new Set([...kept, ...inside])]);
        return undefined;
      },
      up() {
        if (!dragged) ctx.selection.set(kept);
        return rest();
      },
      key(key) {
        if (key !== "escape") return "unused";
        ctx.selection.set(kept);
        return rest();
      },
      leave: () => void rest(),
    };
  }

  function press(event: ToolEvent): Next {
    if (event.button !== 0) return undefined;
    const annotation = soleSelection();
    const vertex = vertexUnder(event.point);
    if (annotation && vertex) {
      if (event.alt && !vertex.insert) {
        removeVertex(annotation, vertex);
        return undefined;
      }
      return dragVertex(annotation, vertex, event);
    }
    const hits = visibleHits(event.point);
    const top = hits[0];
    if (top === undefined) return marquee(event);
    const selected = ctx.selection.get();
    if (event.shift) {
      ctx.selection.set(
        selected.includes(top) ? selected.filter((id) => id !== top) : [...selected, top],
      );
      return undefined;
    }
    const hitSelected = hits.find((id) => selected.includes(id));
    if (hitSelected !== undefined) return pressSelected(hits, hitSelected, event);
    ctx.selection.set([top]);
    return ctx.isLocked(top) ? undefined : moveObjects([top], event);
  }

  /** A drag moves what is selected; a click without a drag takes the object beneath. */
  function pressSelected(
    hits: readonly AnnotationId[],
    id: AnnotationId,
    event: ToolEvent,
  ): ToolState {
    const moving = moveObjects(ctx.selection.get(), event);
    return {
      ...moving,
      up(end) {
        const clicked = screenDistance(event.screen, end.screen) < DRAG_PX;
        if (clicked && hits.length > 1) {
          const next = hits[(hits.indexOf(id) + 1) % hits.length];
          if (next !== undefined) ctx.selection.set([next]);
        }
        return moving.up?.(end);
      },
    };
  }

  const rest = (): ToolState => {
    ctx.preview.set({});
    ctx.showDraft(undefined);
    return idle;
  };

  const idle: ToolState = {
    name: "idle",
    down: press,
    move(event): Next {
      const vertex = vertexUnder(event.point);
      ctx.preview.set(vertex ? { hotVertex: vertex } : {});
      ctx.hover.set(visibleHits(event.point)[0]);
      return undefined;
    },
    key(key) {
      if (key !== "escape" || ctx.selection.get().length === 0) return "unused";
      ctx.selection.set([]);
      return undefined;
    },
  };
  return idle;
}

/** Does the object itself, not only its bounds, reach into the area? Exact for shapes, by pixels for masks. */
function touches(
  ctx: ToolContext,
  id: AnnotationId,
  area: { x: number; y: number; width: number; height: number },
): boolean {
  const bounds = ctx.document.bounds(id);
  return bounds !== undefined && boxesIntersect(bounds, area);
}

function moveCommands(ctx: ToolContext, id: AnnotationId, dx: number, dy: number): Command[] {
  const annotation = ctx.document.annotation(id);
  if (!annotation) return [];
  if (annotation.shape === "mask") return moveMask(ctx.document, id, dx, dy, ctx.author);
  if (annotation.shape === "box" && annotation.box)
    return [
      {
        kind: "set-geometry",
        id,
        box: { ...annotation.box, x: annotation.box.x + dx, y: annotation.box.y + dy },
      },
    ];
  const rings = (annotation.rings ?? []).map((ring) => translateRing(ring, dx, dy));
  return [{ kind: "set-geometry", id, rings }];
}

export const select: Tool = {
  id: "select",
  label: "Select",
  code: "KeyV",
  printed: "V",
  cursor: "default",
  hint: "Click or drag around objects · drag moves · click an edge adds a point, Alt+click removes one",
  writes: false,
  start: createSelectStates,
};
