/** One person's own undo and redo on one image: gestures, in the order in which they were made. */
import { executeCommands } from "./apply-commands.ts";
import type { Command } from "./commands.ts";
import type { Effect } from "./effects.ts";
import type { ImageDocument } from "./image-document.ts";
import type { AuthorNumber } from "./schema.ts";
import { takeBack } from "./take-back.ts";

export interface HistoryStep {
  /** As given to perform or begin. */
  readonly label: string;
  /** Something was left alone, because others have built on it: tell the person so. */
  readonly partial: boolean;
}

/** Several performs that are one step, such as a stroke that is committed in chunks. */
export interface Gesture {
  perform(commands: readonly Command[]): void;
  /** Becomes one step, if it did anything. */
  end(): void;
  /** Takes back what it did; no step remains. */
  cancel(): void;
}

export interface History {
  /** Applies the commands as one step; ends the gesture that is open, if any. Throws a DocumentError as applyCommands does. */
  perform(label: string, commands: readonly Command[]): void;
  /** Ends the gesture that is open, if any. */
  begin(label: string): Gesture;
  /**
   * Steps that can no longer have any effect are passed over. Undefined when there was nothing to take back; a partial
   * step may have had no effect at all, where all that was left has been built on by others.
   */
  undo(): HistoryStep | undefined;
  redo(): HistoryStep | undefined;
  canUndo(): boolean;
  canRedo(): boolean;
  /** Label of the step that undo (redo) would try first. */
  undoLabel(): string | undefined;
  redoLabel(): string | undefined;
  onChange(listener: () => void): () => void;
  /** Plain data for structured clone (IndexedDB). */
  serialize(): SerializedHistory;
  /** Takes up what serialize gave, in an earlier page load too. False, and no change, for anything else. */
  restore(data: unknown): boolean;
}

interface HistoryEntry {
  readonly label: string;
  readonly effects: readonly Effect[];
}

export interface SerializedHistory {
  readonly version: 1;
  readonly undo: readonly HistoryEntry[];
  readonly redo: readonly HistoryEntry[];
}

export interface HistoryOptions {
  readonly document: ImageDocument;
  /** Of this page load; undo operations are written with it, whoever of this person wrote the original. */
  readonly author: AuthorNumber;
  /** Steps that are kept. */
  readonly limit?: number;
  /** Origin of the transactions, "me" by default. */
  readonly origin?: unknown;
}

export function createHistory(options: HistoryOptions): History {
  const { document, author, limit = 200, origin = "me" } = options;
  let undoStack: HistoryEntry[] = [];
  let redoStack: HistoryEntry[] = [];
  let openGesture: Gesture | undefined;
  let openEntry: HistoryEntry | undefined;
  const listeners = new Set<() => void>();

  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  /** The open gesture counts as a step already: a reload may come in the middle of a stroke. */
  const withOpenEntry = (): HistoryEntry[] =>
    openEntry === undefined || openEntry.effects.length === 0
      ? [...undoStack]
      : [...undoStack, { ...openEntry, effects: [...openEntry.effects] }];

  const push = (label: string, effects: readonly Effect[]): void => {
    if (effects.length === 0) return;
    undoStack = [...undoStack, { label, effects }].slice(-limit);
    redoStack = [];
    notify();
  };

  /** Pops until a step has an effect, which then goes to the other stack. */
  const step = (from: HistoryEntry[], to: HistoryEntry[]): HistoryStep | undefined => {
    let blocked: string | undefined;
    for (let entry = from.pop(); entry !== undefined; entry = from.pop()) {
      const taken = takeBack(document, entry.effects, author, origin);
      if (taken.partial) blocked = entry.label;
      if (taken.effects.length === 0) continue;
      to.push({ label: entry.label, effects: taken.effects });
      notify();
      return { label: entry.label, partial: blocked !== undefined };
    }
    notify();
    return blocked === undefined ? undefined : { label: blocked, partial: true };
  };

  const begin = (label: string): Gesture => {
    openGesture?.end();
    const effects: Effect[] = [];
    const close = (): boolean => {
      if (openGesture !== gesture) return false;
      openGesture = undefined;
      openEntry = undefined;
      return true;
    };
    const gesture: Gesture = {
      perform: (commands) => {
        const done = executeCommands(document, commands, origin);
        // Of a gesture that was ended for it (by undo, by another begin), later parts are steps of their own.
        if (openGesture !== gesture) return push(label, done);
        effects.push(...done);
        notify();
      },
      end: () => {
        if (close()) push(label, effects);
      },
      cancel: () => {
        if (!close()) return;
        takeBack(document, effects, author, origin);
        notify();
      },
    };
    openGesture = gesture;
    openEntry = { label, effects };
    return gesture;
  };

  return {
    perform: (label, commands) => {
      // Steps stay in the order in which they were done: what the gesture does later is a step of its own.
      openGesture?.end();
      push(label, executeCommands(document, commands, origin));
    },
    begin,
    undo: () => {
      openGesture?.end();
      return step(undoStack, redoStack);
    },
    redo: () => {
      openGesture?.end();
      return step(redoStack, undoStack);
    },
    canUndo: () => withOpenEntry().length > 0,
    canRedo: () => redoStack.length > 0,
    undoLabel: () => withOpenEntry().at(-1)?.label,
    redoLabel: () => redoStack.at(-1)?.label,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    serialize: () => ({ version: 1, undo: withOpenEntry(), redo: [...redoStack] }),
    restore: (data) => {
      if (!isSerializedHistory(data)) return false;
      undoStack = [...data.undo].slice(-limit);
      redoStack = [...data.redo].slice(-limit);
      notify();
      return true;
    },
  };
}

const EFFECT_KINDS: ReadonlySet<unknown> = new Set([
  "created",
  "uncreated",
  "field",
  "value",
  "painted",
  "erased",
  "converted",
  "unconverted",
] satisfies Effect["kind"][]);

/** What is stored on a person's own machine is not hostile, but may be old or damaged. */
function isSerializedHistory(data: unknown): data is SerializedHistory {
  if (typeof data !== "object" || data === null) return false;
  const { version, undo, redo } = data as Record<string, unknown>; // Any object may be asked for these.
  return version === 1 && areEntries(undo) && areEntries(redo);
}

function areEntries(value: unknown): boolean {
  return Array.isArray(value) && value.every(isEntry);
}

function isEntry(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { label, effects } = value as Record<string, unknown>; // As above.
  return typeof label === "string" && Array.isArray(effects) && effects.every(isEffect);
}

function isEffect(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { kind, id } = value as Record<string, unknown>; // As above.
  return typeof id === "string" && EFFECT_KINDS.has(kind);
}
