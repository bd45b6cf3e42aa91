import { inspectUpdate, touchedAnnotations, type Verdict, writeVersion } from "./document-door.ts";
import * as Y from "yjs";
import type { CommitSource, Committer, RoomBatch } from "./committer.ts";
import type { CommitNotices } from "./commit-notices.ts";
import type { Limits } from "./limits.ts";
import type { Binding, Edit, StoredRoom } from "./log/log.ts";
import { mergeUpdates } from "./merge-updates.ts";
import { createPresenceRelay, type PresencePeer, type PresenceRelay } from "./presence-relay.ts";
import { encodeAnswer, encodeUpdate } from "./protocol.ts";

/** One connection, as its room sees it. */
export type Peer = PresencePeer & {
  /** The first `frames` frames of this connection are on disk; `bytes` of what it sent need no longer be waited for. */
  readonly saved: (frames: number, bytes: number) => void;
  /** The room holds what the disk does not and is given up. */
  readonly storageFailed: () => void;
};

/** Where an admitted update came from. */
export type Writer = {
  readonly userId: string;
  readonly peer: Peer | undefined;
  /** How many frames of the peer are covered once this one is on disk. */
  readonly frames: number;
};

export type Room = {
  readonly imageId: string;
  readonly doc: Y.Doc;
  readonly presence: PresenceRelay;
  /** The last row that is on disk. */
  readonly seq: () => number;
  readonly join: (peer: Peer) => void;
  readonly leave: (peer: Peer) => void;
  /** What an update of this user would do; changes nothing. */
  readonly inspect: (update: Uint8Array, userId: string) => Verdict;
  /** Applies and queues an update that `inspect` admitted just now. Once on disk it is broadcast, then acknowledged. */
  readonly admit: (update: Uint8Array, verdict: Admitted, writer: Writer) => void;
  /** Runs the server's own changes of the document and queues what they did, also when they throw half-way. */
  readonly change: (userId: string, authors: readonly number[], work: () => void) => void;
  /** Sends all that the state vector lacks, as soon as everything of it is on disk. */
  readonly answer: (peer: Peer, stateVector: Uint8Array) => void;
  /** Calls back once everything applied so far is on disk: at once if it is; never if the room fails before. */
  readonly whenDurable: (run: () => void) => void;
  /** The same as a promise, rejected when the room fails. */
  readonly durable: () => Promise<number>;
  readonly isDurable: () => boolean;
  /** Puts a snapshot into the log if there is enough to put together. */
  readonly prepareUnload: () => Promise<void>;
  /** Refuses whoever waits, and sends everybody away. */
  readonly abandon: (error: Error) => void;
  readonly dispose: () => void;
};

export type Admitted = Extract<Verdict, { kind: "admit" }>;

type Entry = {
  readonly update: Uint8Array;
  readonly writer: Writer;
  readonly annotationIds: readonly string[];
};

type Waiter = {
  readonly target: number;
  readonly run: () => void;
  readonly fail: (error: unknown) => void;
};

/** Owner of the client ids that the server writes with; no person has this id. */
export const SERVER_USER = "limn:server";

const EMPTY_STATE_VECTOR = Uint8Array.of(0);
/** How many rows old the cached state for newcomers may be before it is made afresh. */
const CACHE_ROWS = 200;
const CACHE_MS = 10_000;

export function createRoom(options: {
  readonly imageId: string;
  readonly stored: StoredRoom;
  readonly committer: Committer;
  readonly notices: CommitNotices;
  readonly limits: Limits;
  readonly onFailed: (error: unknown) => void;
}): Room {
  const { imageId, stored, committer, limits } = options;
  const doc = new Y.Doc({ gc: true });
  const clientOwners = new Map<number, string>(stored.clients);
  const authorOwners = new Map<number, string>(stored.authors);
  const peers = new Set<Peer>();

  let queue: Entry[] = [];
  let flying: Entry[] = [];
  let row: Uint8Array | undefined;
  let newClients: Binding[] = [];
  let newAuthors: Binding[] = [];
  let seq = stored.snapshot?.seq ?? 0;
  let rowsSinceSnapshot = stored.rows.length;
  let bytesSinceSnapshot = 0;
  let snapshotBytes = stored.snapshot?.state.length ?? 0;
  let flyingSnapshot = false;
  let unloading:
    | { readonly resolve: () => void; readonly reject: (error: unknown) => void }
    | undefined;
  let failure: { readonly error: unknown } | undefined;

  // Counted in entries: everything up to `applied` is in the document, everything up to `safe` is on disk too.
  let applied = 0;
  let safe = 0;
  let waiters: Waiter[] = [];
  let newcomers: { frame: Uint8Array; stateVector: Uint8Array; seq: number } | undefined;
  let touched: readonly string[] = [];

  load();
  doc.on("afterTransaction", (transaction) => {
    touched = touchedAnnotations(transaction);
  });

  function load(): void {
    const updates = stored.rows.map((r) => r.update);
    if (stored.snapshot !== undefined) updates.unshift(stored.snapshot.state);
    doc.transact(() => {
      for (const update of updates) Y.applyUpdate(doc, update);
    });
    for (const r of stored.rows) {
      seq = r.seq;
      bytesSinceSnapshot += r.update.length;
    }
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) {
      throw new Error(
        `the log of room ${imageId} has a hole: updates depend on others that are not there`,
      );
    }
    clientOwners.set(doc.clientID, SERVER_USER);
    newClients.push([doc.clientID, SERVER_USER]);
  }

  function bindClient(clientId: number, userId: string): boolean {
    const owner = clientOwners.get(clientId);
    if (owner !== undefined) return owner === userId;
    clientOwners.set(clientId, userId);
    // Written with the next row: a client id alone is not worth a commit of its own.
    newClients.push([clientId, userId]);
    return true;
  }

  function bindAuthor(author: number, userId: string): void {
    if (authorOwners.has(author)) return;
    authorOwners.set(author, userId);
    newAuthors.push([author, userId]);
  }

  function enqueue(update: Uint8Array, writer: Writer): void {
    queue.push({ update, writer, annotationIds: touched });
    applied++;
    committer.request(source);
  }

  function change(userId: string, authors: readonly number[], work: () => void): void {
    for (const author of authors) bindAuthor(author, userId);
    const writer: Writer = { userId, peer: undefined, frames: 0 };
    const onUpdate = (update: Uint8Array): void => enqueue(update, writer);
    doc.on("update", onUpdate);
    try {
      work();
    } finally {
      doc.off("update", onUpdate);
    }
  }

  function fail(error: unknown): void {
    if (failure !== undefined) return;
    failure = { error };
    options.onFailed(error);
    const owed = waiters;
    waiters = [];
    for (const waiter of owed) waiter.fail(error);
    unloading?.reject(error);
    for (const peer of peers) peer.storageFailed();
  }

  const source: CommitSource = {
    takeBatch(): RoomBatch {
      flying = queue;
      queue = [];
      const clients = newClients;
      const authors = newAuthors;
      newClients = [];
      newAuthors = [];
      row = flying.length === 0 ? undefined : mergeUpdates(flying.map((entry) => entry.update));
      const next = row === undefined ? seq : seq + 1;
      const due = unloading !== undefined || snapshotIsDue(row?.length ?? 0);
      flyingSnapshot = due;
      // At this moment the document is exactly what the log will hold once this batch is on disk.
      const state = due ? Y.encodeStateAsUpdate(doc) : undefined;
      if (state !== undefined) snapshotBytes = state.length;
      return {
        room: imageId,
        row: row === undefined ? undefined : { seq: next, update: row, edits: gatherEdits(flying) },
        clients,
        authors,
        snapshot: state === undefined ? undefined : { seq: next, state },
      };
    },
    committed(at) {
      const done = flying;
      flying = [];
      if (row !== undefined) {
        seq++;
        rowsSinceSnapshot++;
        bytesSinceSnapshot += row.length;
        broadcast(row, done);
        options.notices.add(imageId, seq, at, gatherEdits(done));
      }
      if (flyingSnapshot) {
        rowsSinceSnapshot = 0;
        bytesSinceSnapshot = 0;
        unloading?.resolve();
        unloading = undefined;
      }
      row = undefined;
      safe += done.length;
      acknowledge(done);
      runWaiters();
    },
    failed: fail,
  };

  function snapshotIsDue(rowBytes: number): boolean {
    const rows = rowsSinceSnapshot + 1;
    if (rows >= limits.snapshotRowsAtMost) return true;
    return rows >= limits.snapshotRows && bytesSinceSnapshot + rowBytes >= snapshotBytes;
  }

  function broadcast(update: Uint8Array, entries: readonly Entry[]): void {
    const first = entries[0]?.writer.peer;
    const only = entries.every((entry) => entry.writer.peer === first) ? first : undefined;
    if (peers.size === 0 || (peers.size === 1 && only !== undefined && peers.has(only))) return;
    const frame = encodeUpdate(update);
    for (const peer of peers) if (peer !== only) peer.send(frame);
  }

  function acknowledge(entries: readonly Entry[]): void {
    const last = new Map<Peer, { frames: number; bytes: number }>();
    for (const { writer, update } of entries) {
      if (writer.peer === undefined) continue;
      const sum = last.get(writer.peer);
      if (sum === undefined) {
        last.set(writer.peer, { frames: writer.frames, bytes: update.length });
      } else {
        sum.frames = writer.frames;
        sum.bytes += update.length;
      }
    }
    for (const [peer, { frames, bytes }] of last) peer.saved(frames, bytes);
  }

  function runWaiters(): void {
    let ready = 0;
    while (ready < waiters.length && (waiters[ready]?.target ?? Infinity) <= safe) ready++;
    if (ready > 0) for (const waiter of waiters.splice(0, ready)) waiter.run();
  }

  function whenDurable(run: () => void, onFail: (error: unknown) => void = () => {}): void {
    if (failure !== undefined) onFail(failure.error);
    else if (safe === applied) run();
    else waiters.push({ target: applied, run, fail: onFail });
  }

  function durable(): Promise<number> {
    return new Promise((resolve, reject) => {
      whenDurable(() => resolve(seq), reject);
    });
  }

  function answer(peer: Peer, stateVector: Uint8Array): void {
    const fresh = stateVector.length === 1 && stateVector[0] === EMPTY_STATE_VECTOR[0];
    if (!fresh) {
      const frame = encodeAnswer(Y.encodeStateAsUpdate(doc, stateVector));
      whenDurable(() => peer.send(frame));
      return;
    }
    // Newcomers share one large frame; what came after it is small.
    if (newcomers === undefined || seq - newcomers.seq > CACHE_ROWS) {
      newcomers = {
        frame: encodeUpdate(Y.encodeStateAsUpdate(doc)),
        stateVector: Y.encodeStateVector(doc),
        seq,
      };
      // Most people come together; one large copy is not kept for those who stay.
      setTimeout(() => (newcomers = undefined), CACHE_MS).unref();
    }
    const large = newcomers.frame;
    const rest = encodeAnswer(Y.encodeStateAsUpdate(doc, newcomers.stateVector));
    whenDurable(() => {
      peer.send(large);
      peer.send(rest);
    });
  }

  const presence = createPresenceRelay({ limits, claim: bindClient });

  return {
    imageId,
    doc,
    presence,
    seq: () => seq,
    join(peer) {
      peers.add(peer);
      presence.join(peer);
    },
    leave(peer) {
      peers.delete(peer);
      presence.leave(peer);
    },
    inspect: (update, userId) =>
      inspectUpdate(update, {
        doc,
        userId,
        ownerOfClient: (clientId) => clientOwners.get(clientId),
        ownerOfAuthor: (author) => authorOwners.get(author),
      }),
    admit(update, verdict, writer) {
      if (failure !== undefined) return;
      change(SERVER_USER, [], () => writeVersion(doc));
      for (const clientId of verdict.clients) bindClient(clientId, writer.userId);
      for (const author of verdict.authors) bindAuthor(author, writer.userId);
      try {
        Y.applyUpdate(doc, update);
      } catch (error) {
        fail(error);
        return;
      }
      if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) {
        fail(new Error("an update with a hole was admitted"));
        return;
      }
      enqueue(update, writer);
    },
    change,
    answer,
    whenDurable,
    durable,
    isDurable: () => safe === applied,
    prepareUnload() {
      if (failure !== undefined) return Promise.reject(failure.error);
      if (rowsSinceSnapshot < limits.snapshotRowsAtUnload) return durable().then(() => {});
      return new Promise((resolve, reject) => {
        unloading = { resolve, reject };
        committer.request(source);
      });
    },
    abandon: fail,
    dispose() {
      presence.dispose();
      doc.destroy();
    },
  };
}

function gatherEdits(entries: readonly Entry[]): Edit[] {
  const byUser = new Map<string, Set<string>>();
  for (const { writer, annotationIds } of entries) {
    if (annotationIds.length === 0) continue;
    let ids = byUser.get(writer.userId);
    if (ids === undefined) byUser.set(writer.userId, (ids = new Set()));
    for (const id of annotationIds) ids.add(id);
  }
  return [...byUser].map(([userId, ids]) => ({ userId, annotationIds: [...ids] }));
}
