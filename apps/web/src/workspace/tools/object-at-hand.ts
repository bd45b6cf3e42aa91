import {
  annotationBitmask,
  type AnnotationId,
  type Command,
  type StoredPrompt,
} from "@limn/shared/document";
import { bitmaskArea, createBitmask, type Bitmask } from "@limn/shared/raster";
import { createCandidates, NEXT_CANDIDATE } from "./candidates.ts";
import { createPromptPreview } from "./prompt-preview.ts";
import {
  answerCommands,
  changePrompts,
  mergeChanges,
  requestFor,
  type PromptChange,
} from "./prompts.ts";
import { requireClass, type SegmentAnswer, type SegmentRequest, type ToolContext } from "./tool.ts";

const EMPTY: Bitmask = createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });

/** The object that smart segment is at: its prompts, what the network is asked about it, and what becomes of the answers. */
export interface ObjectAtHand {
  /** There is an object, or a first question about one. */
  isBegun(): boolean;
  /** Prompts as they will be once the pending ones are answered. */
  prompts(): StoredPrompt[];
  /** Asks the network with the changed prompts and stores its answer as the difference to what was seen. */
  ask(change: PromptChange): void;
  /** Accepts what is at hand and asks about the next object. */
  askNext(change: PromptChange): void;
  /** Puts the network's next candidate in the place of what it gave; false when there is none. */
  showNext(): boolean;
  /** Done with this object: the next box or click starts another. What was asked is stored when the answer comes. */
  accept(): void;
  /** Takes back what this session did to the object. */
  cancel(): void;
  /** Takes back the question that is not answered yet; false when there is none. */
  undo(): boolean;
  /** Shows the prompts, `hot` as the one under the pointer. */
  show(hot?: string): void;
  leave(): void;
}

export function createObjectAtHand(ctx: ToolContext): ObjectAtHand {
  /** The object being made or refined; undefined until the network's first answer. */
  let object: AnnotationId | undefined;
  /** Given to the network and not answered yet. */
  let pending: PromptChange | undefined;
  /** Accepted before the network has answered: the next object waits for these, and nothing cancels them. */
  const accepted = new Map<PromptChange, Promise<void>>();
  let asking = Promise.resolve();
  /** Labels of the steps that this session has done to the object. */
  let steps: string[] = [];
  const candidates = createCandidates();
  /** The next change of the mask is this tool's own doing, or taken back by its undo. */
  let expected = false;
  const preview = createPromptPreview(ctx, () => ({
    prompts: prompts(),
    pending,
    candidate: candidates.place(),
  }));
  const { show } = preview;

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
    candidates.clear();
    show();
  };
  const storedPrompts = (): readonly StoredPrompt[] =>
    object === undefined ? [] : (ctx.document.annotation(object)?.prompts ?? []);
  const prompts = (): StoredPrompt[] => changePrompts(storedPrompts(), pending);

  function ask(change: PromptChange): void {
    const target = current();
    if (target !== undefined && ctx.isLocked(target)) {
      ctx.notify("This object is locked: unlock it in the list to refine it.");
      return;
    }
    if (target === undefined && requireClass(ctx) === undefined) {
      show();
      return;
    }
    pending = mergeChanges(pending, change);
    candidates.clear();
    const asked = pending;
    show();
    const all = prompts();
    const seen = target === undefined ? EMPTY : annotationBitmask(ctx.document, target);
    if (all.length === 0) {
      store(target, asked, seen, { mask: seen, others: () => Promise.resolve([]) });
      return;
    }
    asking = answer(target, asked, requestFor(all, storedPrompts(), seen), seen);
  }

  async function answer(
    target: AnnotationId | undefined,
    asked: PromptChange,
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
      else store(target, asked, seen, found);
    } catch (error) {
      fail(error instanceof Error ? error.message : "The network did not answer; try again.");
    }
  }

  function store(
    target: AnnotationId | undefined,
    change: PromptChange,
    seen: Bitmask,
    { mask: found, others }: Pick<SegmentAnswer, "mask" | "others">,
  ): void {
    const isAtHand = !accepted.has(change);
    if (isAtHand) pending = undefined;
    const id = target ?? ctx.newId();
    const place = { id, isNew: target === undefined };
    const commands = answerCommands(ctx, place, change, { seen, found });
    if (!commands) return;
    const done = perform(change.label, commands);
    // The tool has gone on to the next object, or another tool has taken its place.
    if (!isAtHand) return;
    if (done) {
      steps.push(change.label);
      object = id;
      ctx.selection.set([id]);
      // Once it has been read the document tells when the mask changes.
      ctx.document.mask(id);
      void offerOthers(found, others);
    }
    show();
  }

  /** Nobody waits for them; a failure is not told. */
  async function offerOthers(found: Bitmask, others: SegmentAnswer["others"]): Promise<void> {
    candidates.begin(found);
    const list = await others().catch(() => []);
    candidates.add(
      found,
      list.map(({ mask }) => mask),
    );
    preview.refresh();
  }

  function perform(label: string, commands: readonly Command[]): boolean {
    expected = true;
    const done = ctx.perform(label, commands);
    expected = false;
    return done;
  }

  function showNext(): boolean {
    const id = current();
    const next = candidates.next();
    if (id === undefined || !next) return false;
    if (ctx.isLocked(id)) {
      ctx.notify("This object is locked: unlock it in the list to refine it.");
      return true;
    }
    // Between the two candidates alone, so that what others have drawn on the object meanwhile stays.
    const { seen, wanted: found } = next;
    const nothing = { label: NEXT_CANDIDATE, set: [], remove: [] };
    const commands = answerCommands(ctx, { id, isNew: false }, nothing, { seen, found });
    if (commands && perform(NEXT_CANDIDATE, commands)) {
      steps.push(NEXT_CANDIDATE);
      candidates.step();
      show();
    }
    return true;
  }

  const keepPending = (): void => {
    const kept = pending;
    if (!kept) return;
    pending = undefined;
    accepted.set(
      kept,
      asking.finally(() => accepted.delete(kept)),
    );
  };
  const letGo = (): void => {
    keepPending();
    object = undefined;
    steps = [];
    candidates.clear();
    ctx.selection.set([]);
  };

  const stops = [
    // The dots of an object that is chosen in the list appear at once, and follow what others do to them.
    ctx.selection.subscribe(() => {
      if (selected() !== object && !pending) reset();
    }),
    ctx.document.onChange((change) => {
      if (object === undefined) return;
      if (!change.changed.includes(object) && !change.removed.includes(object)) return;
      // Undone or redone, the mask is no longer the one that the candidates are other ones of.
      if (change.local && change.tiles.has(object) && !expected) candidates.clear();
      expected = false;
      show();
    }),
  ];
  reset();
  return {
    isBegun: () => current() !== undefined || pending !== undefined,
    prompts,
    ask,
    showNext,
    askNext(change) {
      letGo();
      ask(change);
    },
    accept() {
      letGo();
      show();
    },
    cancel() {
      dropPending();
      // Its class may have been changed in between; anything else is not this session's.
      for (let top = ctx.undoLabel(); steps.length > 0; top = ctx.undoLabel()) {
        if (top === steps.at(-1)) steps.pop();
        else if (top !== "Change class") break;
        ctx.undo();
      }
      letGo();
      show();
    },
    undo() {
      if (!pending) {
        if (ctx.undoLabel() !== steps.at(-1)) return false;
        if (steps.pop() === NEXT_CANDIDATE && candidates.place()) {
          candidates.stepBack();
          expected = true;
        }
        return false;
      }
      dropPending();
      show();
      return true;
    },
    show,
    leave() {
      for (const stop of stops) stop();
      keepPending();
      preview.clear();
    },
  };
}
