import { CLOSE_CODES, isCloseCode } from "@limn/shared/api";
import type { AnnotationId } from "@limn/shared/document";
import { createStore, type ReadableStore } from "../state/store.ts";

/** What the badge says. `waiting`: edits of mine that the server has not said to be on its disk. */
export type SaveStatus =
  | { readonly kind: "saved" }
  | { readonly kind: "saving"; readonly waiting: number }
  | { readonly kind: "offline"; readonly waiting: number }
  | {
      readonly kind: "problem";
      readonly code: number;
      readonly sentence: string;
      readonly waiting: number;
    };

/** Edits of mine that are not acknowledged. */
export interface Waiting {
  readonly count: number;
  readonly ids: readonly AnnotationId[];
}

/**
 * Follows which of my edits are on the server's disk. The server counts the frames of one connection that bear an
 * update (answers to its state vector and edits), and acknowledges the first n of them; nothing may be called saved
 * before this connection's answer is, because that answer brings all that was left from before.
 */
export interface SaveTracker {
  readonly status: ReadableStore<SaveStatus>;
  /** An edit of mine was made; called before the provider sends it. */
  readonly noteEdit: (ids: readonly AnnotationId[]) => void;
  /** Edits that an earlier visit to the page left behind. */
  readonly noteLeftOver: (waiting: Waiting) => void;
  readonly noteConnecting: () => void;
  readonly noteConnected: () => void;
  readonly noteDisconnected: () => void;
  /** The connection's `frame`-th update-bearing frame was sent; `answer`: it brings all that the server lacked. */
  readonly noteSent: (frame: number, answer: boolean) => void;
  readonly noteAcknowledged: (frames: number) => void;
  /** Whether the copy in this browser has all of it; until then being offline is no state to close the page in. */
  readonly noteKept: (kept: boolean) => void;
  readonly noteClosed: (code: number, sentence?: string) => void;
  readonly waiting: () => Waiting;
  /** Called whenever `waiting` has changed. */
  readonly onWaiting: (listener: () => void) => void;
}

interface Entry {
  readonly count: number;
  readonly ids: readonly AnnotationId[];
  /** The frame of this connection that brings it; undefined until there is one. */
  frame: number | undefined;
}

type Line = "opening" | "connected" | "down";

export function createSaveTracker(): SaveTracker {
  const status = createStore<SaveStatus>({ kind: "saving", waiting: 0 }, isSameStatus);
  const listeners = new Set<() => void>();
  let entries: Entry[] = [];
  let line: Line = "opening";
  let sent = 0;
  let acknowledged = 0;
  let answered = false;
  let kept = true;
  let trouble: { readonly code: number; readonly sentence: string } | undefined;

  const count = (): number => entries.reduce((sum, entry) => sum + entry.count, 0);

  function tell(): void {
    const waiting = count();
    if (trouble !== undefined) status.set({ kind: "problem", ...trouble, waiting });
    else if (line === "down" && kept) status.set({ kind: "offline", waiting });
    else if (line === "connected" && answered && acknowledged >= sent && waiting === 0) {
      status.set({ kind: "saved" });
    } else status.set({ kind: "saving", waiting });
  }

  function changeWaiting(change: () => void): void {
    change();
    for (const listener of listeners) listener();
    tell();
  }

  /** A new connection counts from nothing; what was not acknowledged travels with its answer. */
  function startOver(): void {
    sent = 0;
    acknowledged = 0;
    answered = false;
    for (const entry of entries) entry.frame = undefined;
  }

  return {
    status,
    noteEdit: (ids) =>
      changeWaiting(() => {
        entries.push({ count: 1, ids, frame: undefined });
      }),
    noteLeftOver(waiting) {
      if (waiting.count === 0) return;
      changeWaiting(() => {
        entries.unshift({ ...waiting, frame: undefined });
      });
    },
    noteConnecting: startOver,
    noteConnected() {
      line = "connected";
      tell();
    },
    noteDisconnected() {
      line = "down";
      startOver();
      tell();
    },
    noteSent(frame, answer) {
      sent = frame;
      if (answer) {
        answered = true;
        for (const entry of entries) entry.frame ??= frame;
      } else {
        // Sent in the same turn in which it was made, so it is the newest.
        const newest = entries.at(-1);
        if (newest !== undefined) newest.frame ??= frame;
      }
      tell();
    },
    noteAcknowledged(frames) {
      acknowledged = Math.max(acknowledged, frames);
      // Only what stops for good stays a problem once the server takes edits again.
      if (trouble !== undefined && !isFinal(trouble.code) && acknowledged >= sent && answered) {
        trouble = undefined;
      }
      changeWaiting(() => {
        entries = entries.filter(({ frame }) => frame === undefined || frame > frames);
      });
    },
    noteKept(next) {
      kept = next;
      tell();
    },
    noteClosed(code, sentence) {
      if (!isCloseCode(code)) return;
      // A restart or a slow line is nobody's problem: it is offline for a moment.
      if (code === 1012 || code === 4508) return;
      trouble = { code, sentence: sentence ?? CLOSE_CODES[code].sentence };
      tell();
    },
    waiting: () => ({ count: count(), ids: [...new Set(entries.flatMap(({ ids }) => ids))] }),
    onWaiting: (listener) => {
      listeners.add(listener);
    },
  };
}

/** Signing in again ends 4401, a disk that has room again 4503; everything else needs a new document. */
function isFinal(code: number): boolean {
  return code !== 4401 && code !== 4503;
}

function isSameStatus(a: SaveStatus, b: SaveStatus): boolean {
  if (a.kind !== b.kind) return false;
  if (a.kind === "saved" || b.kind === "saved") return true;
  if (a.waiting !== b.waiting) return false;
  return (
    a.kind !== "problem" || b.kind !== "problem" || (a.code === b.code && a.sentence === b.sentence)
  );
}
