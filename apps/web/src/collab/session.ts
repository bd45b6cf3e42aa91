import { CLOSE_CODES, closeActionOf, isCloseCode, type CloseAction } from "@limn/shared/api";
import {
  type Command,
  type ImageDocument,
  type PresenceState,
  touchedAnnotations,
} from "@limn/shared/document";
import * as decoding from "lib0/decoding";
import { Awareness } from "y-protocols/awareness";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { createCountingSocket } from "./counting-socket.ts";
import { type Draft, recoverCommands } from "./drafts.ts";
import { watchLine } from "./line-watch.ts";
import { createStore, type ReadableStore } from "../state/store.ts";
import { COPY_ORIGIN, type OfflineCopy } from "./offline-copy.ts";
import { replaceEcho } from "./own-presence.ts";
import { createPresenceChannel, type PresenceChannel } from "./presence.ts";
import { createSaveTracker, type SaveStatus } from "./save-tracker.ts";

/** One image's live document in this tab. */
export interface ImageSession {
  readonly doc: Y.Doc;
  readonly presence: PresenceChannel;
  readonly status: ReadableStore<SaveStatus>;
  /** May I draw here, now, as the server says? */
  readonly writable: ReadableStore<boolean>;
  /** Whether the document has its content: from the copy in this browser, or from the server. */
  readonly opened: ReadableStore<boolean>;
  /**
   * Set when this document cannot go on. `rebuild`: dispose and open the image again; edits that were not taken are
   * offered by the next session as drafts. `stop`: there is nothing to connect to.
   */
  readonly ended: ReadableStore<SessionEnd | undefined>;
  /** Connects again, after signing in. */
  readonly connect: () => void;
  /** Resolves when all of my edits are on the server's disk; rejects when the session has ended before. */
  readonly flushed: () => Promise<void>;
  /** What an earlier session could not save, as commands on this document; once it is in step with the server. */
  readonly recoverDrafts: (document: ImageDocument) => Promise<RecoveredDrafts | undefined>;
  readonly dropDrafts: () => Promise<void>;
  /** The person's undo stack on this image, kept in this browser as plain data. */
  readonly loadHistory: () => Promise<unknown>;
  readonly saveHistory: (history: unknown) => Promise<void>;
  /**
   * Leaves the image. Others see that at once; edits of mine that are not acknowledged are still sent, for as long as the
   * page lives, and resolves when they are.
   */
  readonly dispose: () => Promise<void>;
}

export interface SessionEnd {
  readonly code: number;
  readonly action: Extract<CloseAction, "rebuild" | "stop">;
  readonly sentence: string;
  /** Edits that were not taken and are kept as a draft. */
  readonly waiting: number;
}

export interface RecoveredDrafts {
  readonly commands: readonly Command[];
  /** Objects that they are about. */
  readonly objects: number;
  readonly sentence: string;
}

export interface SessionOptions {
  readonly imageId: string;
  /** Where rooms are: `ws://host/api/rooms`. */
  readonly address: string;
  readonly user: PresenceState["user"];
  /** By the person's role; the server's word counts once it is there. */
  readonly write: boolean;
  /** Undefined for viewers, who have nothing to keep. The session closes it. */
  readonly copy: OfflineCopy | undefined;
  readonly WebSocketClass?: typeof WebSocket;
  /** Whether the others see me; true when left out. */
  readonly present?: boolean;
}

const RECEIPT = 100;
const EVENT = 101;
const HELLO = 102;
/** A copy that does not answer must not keep people from their image. */
const COPY_PATIENCE_MS = 3_000;

export function openSession(options: SessionOptions): ImageSession {
  const { copy } = options;
  const doc = new Y.Doc();
  const awareness = new Awareness(doc);
  const tracker = createSaveTracker();
  const writable = createStore(options.write);
  const opened = createStore(false);
  const ended = createStore<SessionEnd | undefined>(undefined);
  let stopFollowing: (() => void) | undefined;
  let greeted = false;
  let refusal: { readonly code: number; readonly sentence: string } | undefined;
  let disposed = false;

  // Before the provider's own listener, so that an edit is known when the frame that brings it is sent.
  doc.on(
    "update",
    (_update: Uint8Array, origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
      if (origin === provider || origin === COPY_ORIGIN) return;
      tracker.noteEdit(touchedAnnotations(transaction));
    },
  );

  const provider: WebsocketProvider = new WebsocketProvider(options.address, options.imageId, doc, {
    connect: false,
    awareness,
    params: { limn: "1" },
    // Another tab of mine would take edits from this one without sending them on, and hide them from the count.
    disableBc: true,
    WebSocketPolyfill: createCountingSocket(options.WebSocketClass ?? WebSocket, {
      onSend: tracker.noteSent,
    }),
  });
  followProvider();
  replaceEcho(provider);
  const presence = createPresenceChannel({
    awareness,
    user: options.user,
    now: () => performance.now(),
  });
  if (options.present === false) {
    presence.dispose();
    awareness.setLocalState(null);
  }
  const line = watchLine(provider);
  if (copy !== undefined) {
    tracker.onWaiting(() => copy.setWaiting(tracker.waiting()));
    copy.kept.subscribe(() => tracker.noteKept(copy.kept.get()));
  }
  const leave = guardLeaving(() => tracker.waiting().count > 0);
  void start();

  async function start(): Promise<void> {
    if (copy !== undefined) {
      try {
        const waiting = await withPatience(copy.load(doc), COPY_PATIENCE_MS);
        if (disposed) return;
        tracker.noteLeftOver(waiting);
        if (doc.store.clients.size > 0) opened.set(true);
      } catch {
        // Without a copy the session works; closing the tab then asks.
      }
      stopFollowing = copy.follow(doc);
    }
    if (!disposed) provider.connect();
  }

  function followProvider(): void {
    provider.on("status", ({ status }) => {
      if (status === "connecting") tracker.noteConnecting();
      else if (status === "connected") tracker.noteConnected();
      else tracker.noteDisconnected();
    });
    provider.on("sync", (isSynced) => {
      if (isSynced) opened.set(true);
    });
    provider.on("connection-close", (event) => {
      // A connection that never came about gives no "disconnected".
      tracker.noteDisconnected();
      if (event !== null) tracker.noteClosed(event.code, refusalFor(event.code));
    });
    provider.on("closed", ({ code }) => void endWith(code));
    provider.messageHandlers[RECEIPT] = (_encoder, decoder) => {
      const kind = decoding.readVarUint(decoder);
      const frames = decoding.readVarUint(decoder);
      if (kind === 0) tracker.noteAcknowledged(frames);
      else {
        refusal = {
          code: decoding.readVarUint(decoder),
          sentence: decoding.readVarString(decoder),
        };
      }
    };
    provider.messageHandlers[EVENT] = (_encoder, decoder) => readWrite(decoder);
    provider.messageHandlers[HELLO] = (_encoder, decoder) => {
      greeted = true;
      readWrite(decoder);
    };
  }

  function readWrite(decoder: decoding.Decoder): void {
    // The server's own JSON; of what it may grow to, only this is known here.
    const { write } = JSON.parse(decoding.readVarString(decoder)) as { write?: unknown };
    if (typeof write === "boolean") writable.set(write);
  }

  const refusalFor = (code: number): string | undefined =>
    refusal?.code === code ? refusal.sentence : undefined;

  async function endWith(code: number): Promise<void> {
    if (ended.get() !== undefined || closeActionOf(code) === "sign-in") return;
    // Turned away at the door, opening again would only be turned away again.
    const action = closeActionOf(code) === "rebuild" && greeted ? "rebuild" : "stop";
    const { count, ids } = tracker.waiting();
    const sentence =
      refusalFor(code) ?? (isCloseCode(code) ? CLOSE_CODES[code].sentence : `closed with ${code}`);
    stopFollowing?.();
    const draft: Draft = { state: Y.encodeStateAsUpdate(doc), ids, code, at: Date.now() };
    try {
      if (count > 0) await copy?.addDraft(draft);
      await copy?.forget();
    } finally {
      ended.set({ code, action, sentence, waiting: count });
    }
  }

  function flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const end = ended.get();
        if (tracker.status.get().kind !== "saved" && end === undefined) return;
        stop();
        if (end === undefined) resolve();
        else reject(new Error(end.sentence));
      };
      const stops = [tracker.status.subscribe(check), ended.subscribe(check)];
      const stop = (): void => stops.forEach((each) => each());
      check();
    });
  }

  return {
    doc,
    presence,
    status: tracker.status,
    writable,
    opened,
    ended,
    connect: () => provider.connect(),
    flushed,
    async recoverDrafts(document) {
      const drafts = (await copy?.drafts()) ?? [];
      const last = drafts.at(-1);
      const commands = drafts.flatMap((draft) => recoverCommands(draft, document));
      if (commands.length === 0 || last === undefined) {
        if (drafts.length > 0) await copy?.dropDrafts();
        return undefined;
      }
      const sentence = isCloseCode(last.code) ? CLOSE_CODES[last.code].sentence : "";
      return { commands, objects: new Set(commands.map(({ id }) => id)).size, sentence };
    },
    async dropDrafts() {
      await copy?.dropDrafts();
    },
    loadHistory: () => copy?.loadHistory() ?? Promise.resolve(undefined),
    saveHistory: (history) => copy?.saveHistory(history) ?? Promise.resolve(),
    async dispose() {
      if (disposed) return;
      disposed = true;
      presence.dispose();
      awareness.setLocalState(null);
      // What it ends with is not this image's any more: a refusal leaves a draft.
      if (tracker.waiting().count > 0) await flushed().catch(() => {});
      leave();
      line.dispose();
      provider.destroy();
      awareness.destroy();
      stopFollowing?.();
      await copy?.close();
      doc.destroy();
    },
  };
}

/** Closing the tab asks only while something of mine is not acknowledged. */
function guardLeaving(isWaiting: () => boolean): () => void {
  if (typeof window === "undefined") return () => {};
  const onLeave = (event: BeforeUnloadEvent): void => {
    if (isWaiting()) event.preventDefault();
  };
  window.addEventListener("beforeunload", onLeave);
  return () => window.removeEventListener("beforeunload", onLeave);
}

async function withPatience<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
