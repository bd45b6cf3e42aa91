import {
  convertToMask,
  regionOperations,
  type AnnotationId,
  type Command,
  type Prompt,
  type StoredPrompt,
} from "@limn/shared/document";
import { annotationBitmask } from "@limn/shared/document";
import { boxBetween, clipBox, type ImagePoint } from "@limn/shared/geometry";
import { bitmaskArea, createBitmask, differenceOf, type Bitmask } from "@limn/shared/raster";
import {
  DRAG_PX,
  HIT_PX,
  requireClass,
  screenDistance,
  type Next,
  type SegmentRequest,
  type Tool,
  type ToolContext,
  type ToolEvent,
  type ToolState,
} from "./tool.ts";

const EMPTY: Bitmask = createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });
const SMALLEST_BOX_PX = 3;

const clicksOf = (prompts: readonly StoredPrompt[]) =>
  prompts.flatMap((p) =>
    p.kind === "in" || p.kind === "out" ? [{ ...p.point, inside: p.kind === "in" }] : [],
  );

/** What is to become of the prompts of the object at hand. */
interface Change {
  readonly label: string;
  readonly set: readonly StoredPrompt[];
  readonly remove: readonly string[];
}

function createSmartStates(ctx: ToolContext): ToolState {
  /** The object being made or refined; undefined until the network's first answer. */
  let object: AnnotationId | undefined;
  /** Given to the network and not answered yet. */
  let pending: Change | undefined;
  /** Accepted before the network has answered: the next object waits for these, and nothing cancels them. */
  const accepted = new Map<Change, Promise<void>>();
  let asking = Promise.resolve();
  /** Labels of the steps that this session has done to the object. */
  let steps: string[] = [];
  let promptCount = 0;

  /** Refining what is selected; a new object otherwise. */
  const selected = (): AnnotationId | undefined => {
    const [id, ...rest] = ctx.selection.get();
    if (id === undefined || rest.length > 0) return undefined;
    const annotation = ctx.document.annotation(id);
    return annotation && !annotation.deleted ? id : undefined;
  };
  const current = (): AnnotationId | undefined => {
    if (object === undefined) object = selected();
    else if (ctx.document.annotation(object)?.deleted !== false || selected() !== object) reset();
    return object;
  };
  const dropPending = (): void => {
    // One network serves all images: what an image that is being left still waits for is not this tool's to cancel.
    if (pending && accepted.size === 0) ctx.cancelSegment();
    pending = undefined;
  };
  const reset = (): void => {
    dropPending();
    object = selected();
    steps = [];
    show();
  };
  /** Prompts as they will be once the pending ones are answered. */
  const prompts = (): StoredPrompt[] => {
    const stored = object === undefined ? [] : (ctx.document.annotation(object)?.prompts ?? []);
    const gone = new Set([...(pending?.remove ?? []), ...(pending?.set ?? []).map((p) => p.id)]);
    return [...stored.filter((p) => !gone.has(p.id)), ...(pending?.set ?? [])];
  };
  const show = (hot?: string): void => {
    const now = prompts();
    const last = pending?.set.at(-1);
    const busy =
      last === undefined
        ? undefined
        : last.kind === "box"
          ? { x: last.box.x + last.box.width / 2, y: last.box.y + last.box.height / 2 }
          : last.kind === "in" || last.kind === "out"
            ? last.point
            : undefined;
    ctx.preview.set({
      prompts: now,
      ...(hot === undefined ? {} : { hotPrompt: hot }),
      ...(busy ? { busy } : {}),
    });
    const box = pending?.set.findLast((p) => p.kind === "box");
    ctx.showDraft(
      pending && {
        kind: "smart",
        ...(box?.kind === "box" ? { box: box.box } : {}),
        clicks: clicksOf(now),
      },
    );
  };

  const nextPromptId = (): string =>
    `${Date.now().toString(36)}-${(promptCount++).toString(36)}-${ctx.newId().slice(0, 4)}`;

  function requestFor(all: readonly StoredPrompt[], seen: Bitmask): SegmentRequest {
    const box = all.findLast((p) => p.kind === "box");
    const stored = object === undefined ? [] : (ctx.document.annotation(object)?.prompts ?? []);
    return {
      ...(box?.kind === "box" ? { box: box.box } : {}),
      clicks: clicksOf(all),
      ...(bitmaskArea(seen) > 0 ? { mask: seen } : {}),
      // A mask that no prompt made was drawn by a person: what the click does not touch stays.
      protect: stored.length === 0 && bitmaskArea(seen) > 0,
    };
  }

  /** Asks the network with the changed prompts and stores its answer as the difference to what was seen. */
  function ask(change: Change): void {
    const target = current();
    if (target !== undefined && ctx.isLocked(target)) {
      ctx.notify("This object is locked: unlock it in the list to refine it.");
      return;
    }
    if (target === undefined && requireClass(ctx) === undefined) return;
    pending = pending
      ? {
          label: change.label,
          set: [
            ...pending.set.filter(
              (p) => !change.set.some((q) => q.id === p.id) && !change.remove.includes(p.id),
            ),
            ...change.set,
          ],
          remove: [...pending.remove, ...change.remove],
        }
      : change;
    const asked = pending;
    show();
    const all = prompts();
    const seen = target === undefined ? EMPTY : annotationBitmask(ctx.document, target);
    if (all.length === 0) {
      store(target, asked, seen, seen);
      return;
    }
    asking = answer(target, asked, requestFor(all, seen), seen);
  }

  async function answer(
    target: AnnotationId | undefined,
    asked: Change,
    request: SegmentRequest,
    seen: Bitmask,
  ): Promise<void> {
    /** Nobody waits for it any more, or a later answer will hold these prompts. */
    const isStale = (): boolean => pending !== asked && !accepted.has(asked);
    const fail = (sentence: string): void => {
      if (isStale()) return;
      ctx.notify(sentence);
      if (pending !== asked) return;
      pending = undefined;
      show();
    };
    // The network drops a question for a newer one; those of accepted objects are not to be dropped.
    while (accepted.size > 0 && !accepted.has(asked)) await Promise.all(accepted.values());
    if (isStale()) return;
    try {
      const found = await ctx.segment(request);
      if (!found || isStale()) return;
      if (bitmaskArea(found.mask) === 0)
        fail("The network found nothing here: draw the box tighter, or click on the object.");
      else store(target, asked, seen, found.mask);
    } catch (error) {
      fail(error instanceof Error ? error.message : "The network did not answer; try again.");
    }
  }

  function store(
    target: AnnotationId | undefined,
    change: Change,
    seen: Bitmask,
    mask: Bitmask,
  ): void {
    const isAtHand = !accepted.has(change);
    if (isAtHand) pending = undefined;
    const id = target ?? ctx.newId();
    const operations = regionOperations(ctx.author, differenceOf(seen, mask));
    const commands: Command[] = [];
    if (target === undefined) {
      const classId = ctx.classId();
      if (classId === undefined) return;
      commands.push({ kind: "create", id, shape: "mask", classId, operations });
    } else {
      commands.push(...convertToMask(ctx.document, id, ctx.author));
      if (operations.length > 0) commands.push({ kind: "append-operations", id, operations });
    }
    for (const { id: promptId, ...prompt } of change.set)
      commands.push({ kind: "set-prompt", id, promptId, prompt });
    for (const promptId of change.remove)
      if (target !== undefined) commands.push({ kind: "set-prompt", id, promptId, prompt: null });
    const done = ctx.perform(change.label, commands);
    // The tool has gone on to the next object, or another tool has taken its place.
    if (!isAtHand) return;
    if (done) {
      steps.push(change.label);
      object = id;
      ctx.selection.set([id]);
    }
    show();
  }

  const promptAt = (at: ImagePoint): StoredPrompt | undefined => {
    const reach = HIT_PX / ctx.scale();
    return prompts().findLast(
      (p) =>
        (p.kind === "in" || p.kind === "out") &&
        Math.hypot(p.point.x - at.x, p.point.y - at.y) <= reach,
    );
  };
  const add = (label: string, prompt: Prompt): void =>
    ask({ label, set: [{ ...prompt, id: nextPromptId() }], remove: [] });
  const removePrompt = (id: string): void =>
    ask({ label: "Remove a click", set: [], remove: [id] });

  function press(event: ToolEvent): Next {
    if (event.button === 1) return undefined;
    const dot = promptAt(event.point);
    if (dot && event.alt) {
      removePrompt(dot.id);
      return undefined;
    }
    if (dot && event.button === 0 && !event.shift) return dragDot(dot, event);
    const outside = event.button === 2 || event.shift;
    return outside ? pressOutside(event) : pressInside(event);
  }

  function pressOutside(event: ToolEvent): ToolState {
    return {
      name: "outside",
      up(end) {
        if (current() === undefined && !pending)
          ctx.notify("Draw a box or click on the object first; then right-click what is too much.");
        else add("Click outside", { kind: "out", point: clamp(end.point) });
        return idle;
      },
      key: (key) => (key === "escape" ? idle : "unused"),
      move: () => undefined,
      leave: () => void event,
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
          add("Click inside", { kind: "in", point: clamp(start.point) });
          return idle;
        }
        const box = clipBox(boxBetween(start.point, event.point), ctx.document.size);
        if (!box || box.width < SMALLEST_BOX_PX || box.height < SMALLEST_BOX_PX) {
          ctx.notify("This box is too small: drag it around the object.");
          show();
          return idle;
        }
        accept();
        add("Box", { kind: "box", box });
        return idle;
      },
      key(key) {
        if (key !== "escape") return "unused";
        show();
        return idle;
      },
      leave: show,
    };
    return drawing;
  }

  function dragDot(dot: StoredPrompt, start: ToolEvent): ToolState {
    let at = start.point;
    let dragged = false;
    return {
      name: "dragging a click",
      move(event): Next {
        dragged ||= screenDistance(start.screen, event.screen) >= DRAG_PX;
        at = clamp(event.point);
        if (dragged && (dot.kind === "in" || dot.kind === "out"))
          ctx.preview.set({
            prompts: prompts().map((p) => (p.id === dot.id ? { ...dot, point: at } : p)),
            hotPrompt: dot.id,
          });
        return undefined;
      },
      up() {
        if (dragged && (dot.kind === "in" || dot.kind === "out"))
          ask({ label: "Move a click", set: [{ ...dot, point: at }], remove: [] });
        else show();
        return idle;
      },
      key(key) {
        if (key !== "escape") return "unused";
        show();
        return idle;
      },
      leave: show,
    };
  }

  const clamp = (at: ImagePoint): ImagePoint => ({
    x: Math.min(ctx.document.size.width - 0.5, Math.max(0.5, at.x)),
    y: Math.min(ctx.document.size.height - 0.5, Math.max(0.5, at.y)),
  });

  /** Done with this object: the next box or click starts another. */
  const accept = (): void => {
    keepPending();
    object = undefined;
    steps = [];
    ctx.selection.set([]);
    show();
  };
  /** What was asked is stored when the answer comes, although the hand has gone on. */
  const keepPending = (): void => {
    const kept = pending;
    if (!kept) return;
    pending = undefined;
    accepted.set(
      kept,
      asking.finally(() => accepted.delete(kept)),
    );
  };
  /** Takes back what this session did to the object. */
  const cancel = (): void => {
    dropPending();
    // Its class may have been changed in between; anything else is not this session's.
    for (let top = ctx.undoLabel(); steps.length > 0; top = ctx.undoLabel()) {
      if (top === steps.at(-1)) steps.pop();
      else if (top !== "Change class") break;
      ctx.undo();
    }
    steps = [];
    object = undefined;
    ctx.selection.set([]);
    show();
  };

  const stops = [
    // The dots of an object that is chosen in the list appear at once, and follow what others do to them.
    ctx.selection.subscribe(() => {
      if (selected() !== object && !pending) reset();
    }),
    ctx.document.onChange((change) => {
      if (object === undefined) return;
      if (change.changed.includes(object) || change.removed.includes(object)) show();
    }),
  ];
  const idle: ToolState = {
    name: "idle",
    down: press,
    move(event): Next {
      const dot = promptAt(event.point);
      if (ctx.preview.get().hotPrompt !== dot?.id) show(dot?.id);
      return undefined;
    },
    key(key) {
      if (current() === undefined && !pending) return "unused";
      if (key === "finish") accept();
      else if (key === "escape") cancel();
      else {
        const last = prompts().findLast((p) => p.kind === "in" || p.kind === "out");
        if (!last) return "unused";
        removePrompt(last.id);
      }
      return undefined;
    },
    undo() {
      if (!pending) {
        if (ctx.undoLabel() === steps.at(-1)) steps.pop();
        return "unused";
      }
      dropPending();
      show();
      return undefined;
    },
    leave() {
      for (const stop of stops) stop();
      keepPending();
      ctx.preview.set({});
      ctx.showDraft(undefined);
    },
  };
  reset();
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
