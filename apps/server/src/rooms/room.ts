import {
  type Admission,
  documentVersion,
  inspectUpdate,
  META_VERSION,
  migrateDocument,
  touchedAnnotations,
} from "@limn/shared/document";
import * as Y from "yjs";
import { createBroadcast } from "./broadcast.ts";
import type { CommitNotices } from "./commit-notices.ts";
import type { CommitSource, Committer, RoomBatch } from "./committer.ts";
import { createDurability, type Durability } from "./durability.ts";
import type { Limits } from "./limits.ts";
import {
  type Entry,
  gatherAcknowledgements,
  gatherEdits,
  type Peer,
  type Writer,
} from "./entry.ts";
import { hasHole, loadDocument } from "./load-document.ts";
import type { Edit, StoredRoom } from "./log/log.ts";
import { createNewcomerState } from "./newcomer-state.ts";
import { createOwners } from "./owners.ts";
import { createPresenceRelay, type PresenceRelay } from "./presence-relay.ts";
import { encodeAnswer, encodeUpdate } from "./protocol.ts";
import { createSnapshotPolicy } from "./snapshot-policy.ts";

export type Admitted = Extract<Admission, { kind: "admit" }>;

export type Room = {
  readonly imageId: string;
  readonly doc: Y.Doc;
  readonly presence: PresenceRelay;
  /** The last row that is on disk. */
  readonly seq: () => number;
  readonly join: (peer: Peer) => void;
  readonly leave: (peer: Peer) => void;
  /** What an update of this user would do; changes nothing. */
  readonly inspect: (update: Uint8Array, user: { userId: string; canWrite: boolean }) => Admission;
  /** Applies and queues an update that `inspect` admitted just now. Once on disk it is broadcast, then acknowledged. */
  readonly admit: (update: Uint8Array, admitted: Admitted, writer: Writer) => void;
  /** Runs the server's own changes of the document and queues what they did, also when they throw half-way. */
  readonly change: (userId: string, authors: readonly number[], work: () => void) => void;
  /** Sends all that the state vector lacks, as soon as everything of it is on disk. */
  readonly answer: (peer: Peer, stateVector: Uint8Array) => void;
  readonly whenDurable: Durability["whenDurable"];
  /** Resolves with the log position once everything applied so far is on disk; rejects when the room fails before. */
  readonly durable: () => Promise<number>;
  readonly isDurable: () => boolean;
  /** Puts a snapshot into the log if there is enough to put together. */
  readonly prepareUnload: () => Promise<void>;
  /** Gives the room up: whoever waits is refused, and everybody is sent away. */
  readonly fail: (error: unknown) => void;
  readonly dispose: () => void;
};

type Flight = {
  readonly entries: readonly Entry[];
  readonly bytes: number;
  readonly edits: readonly Edit[];
  readonly snapshotBytes: number | undefined;
};

/** Owner of the client ids that the server writes with; no person has this id. */
export const SERVER_USER = "limn:server";

/** @throws when the stored rows do not make a whole document */
export function createRoom(options: {
  readonly imageId: string;
  readonly stored: StoredRoom;
  readonly committer: Committer;
  readonly notices: CommitNotices;
  readonly limits: Limits;
  readonly onFailed: (error: unknown) => void;
}): Room {
  const { imageId, stored, committer, limits } = options;
  const doc = loadDocument(imageId, stored);
  const owners = createOwners(stored);
  owners.claimClient(doc.clientID, SERVER_USER);
  const durability = createDurability();
  const newcomers = createNewcomerState(doc);
  const presence = createPresenceRelay({ limits, claim: owners.claimClient });
  const policy = createSnapshotPolicy(limits, {
    rows: stored.rows.map(({ updates }) => updates.reduce((sum, u) => sum + u.length, 0)),
    snapshotBytes: stored.snapshot?.state.length ?? 0,
  });
  const peers = new Set<Peer>();
  let queue: Entry[] = [];
  let flight: Flight | undefined;
  let seq = stored.rows.at(-1)?.seq ?? stored.snapshot?.seq ?? 0;
  let versioned = documentVersion(doc) === META_VERSION;
  let unloading:
    | { readonly resolve: () => void; readonly reject: (error: unknown) => void }
    | undefined;

  function enqueue(entry: Entry): void {
    // Whoever waits for it is refused by `durability`.
    if (durability.failed()) return;
    queue.push(entry);
    durability.applied();
    committer.request(source);
  }

  function collectChanges(userId: string, work: () => void): void {
    const writer: Writer = { userId, peer: undefined, frames: 0 };
    const onUpdate = (
      update: Uint8Array,
      _origin: unknown,
      _doc: Y.Doc,
      transaction: Y.Transaction,
    ): void => enqueue({ update, writer, annotationIds: touchedAnnotations(transaction) });
    doc.on("update", onUpdate);
    try {
      work();
    } finally {
      doc.off("update", onUpdate);
    }
  }

  /** Written with the first edit, so that looking at an empty image stores nothing. */
  function ensureVersion(): void {
    if (versioned) return;
    versioned = true;
    collectChanges(SERVER_USER, () => migrateDocument(doc, SERVER_USER));
  }

  function fail(error: unknown): void {
    if (durability.failed()) return;
    options.onFailed(error);
    durability.fail(error);
    unloading?.reject(error);
    for (const peer of peers) peer.storageFailed();
  }

  const source: CommitSource = {
    takeBatch(): RoomBatch {
      // What came while a commit failed builds on what it held: stored without that, it would leave a hole in the log.
      if (durability.failed()) throw new Error(`room ${imageId} has been given up`);
      const entries = queue;
      queue = [];
      const bytes = entries.reduce((sum, { update }) => sum + update.length, 0);
      const next = entries.length === 0 ? seq : seq + 1;
      // At this moment the document is exactly what the log will hold once this batch is on disk.
      const due = unloading !== undefined || policy.isDue(bytes);
      const state = due ? Y.encodeStateAsUpdate(doc) : undefined;
      const edits = gatherEdits(entries);
      flight = { entries, bytes, edits, snapshotBytes: state?.length };
      const updates = entries.map(({ update }) => update);
      return {
        room: imageId,
        row: entries.length === 0 ? undefined : { seq: next, updates, edits },
        ...owners.takeNew(),
        snapshot: state === undefined ? undefined : { seq: next, state },
      };
    },
    committed(at) {
      if (flight === undefined) return;
      const { entries, bytes, edits, snapshotBytes } = flight;
      flight = undefined;
      if (entries.length > 0) {
        seq++;
        policy.rowStored(bytes);
        deliver(entries);
        options.notices.add(imageId, seq, at, edits);
      }
      if (snapshotBytes !== undefined) {
        policy.snapshotStored(snapshotBytes);
        unloading?.resolve();
        unloading = undefined;
      }
      durability.stored(entries.length);
    },
    failed: fail,
  };

  const isHere = (peer: Peer | undefined): boolean => peer !== undefined && peers.has(peer);

  /** Each gets what the others wrote, and the acknowledgement of what they wrote themselves. */
  function deliver(entries: readonly Entry[]): void {
    if (peers.size === 0) return;
    const acknowledgements = gatherAcknowledgements(entries);
    const isForOthers = peers.size > 1 || entries.some(({ writer }) => !isHere(writer.peer));
    const messages = isForOthers ? entries.map(({ update }) => encodeUpdate(update)) : [];
    const broadcast = createBroadcast(messages);
    for (const peer of peers) peer.deliver(broadcast, acknowledgements.get(peer));
  }

  function answer(peer: Peer, stateVector: Uint8Array): void {
    const hasNothing = stateVector.length === 1 && stateVector[0] === 0;
    const frames = hasNothing
      ? newcomers.frames(seq)
      : [encodeAnswer(Y.encodeStateAsUpdate(doc, stateVector))];
    durability.whenDurable(() => {
      for (const frame of frames) peer.send(frame, frame.length);
    });
  }

  return {
    imageId,
    doc,
    presence,
    seq: () => seq,
    join(peer) {
      if (durability.failed()) return peer.storageFailed();
      peers.add(peer);
      presence.join(peer);
    },
    leave(peer) {
      peers.delete(peer);
      presence.leave(peer);
    },
    inspect: (update, { userId, canWrite }) =>
      inspectUpdate(update, {
        doc,
        user: userId,
        canWrite,
        ownerOf: owners.clientOwner,
        authorOwnerOf: owners.authorOwner,
      }),
    admit(update, admitted, writer) {
      if (durability.failed()) return;
      ensureVersion();
      for (const clientId of admitted.clients) owners.claimClient(clientId, writer.userId);
      for (const author of admitted.authors) owners.claimAuthor(author, writer.userId);
      try {
        Y.applyUpdate(doc, update);
        if (hasHole(doc)) throw new Error(`an update with a hole was admitted to room ${imageId}`);
      } catch (error) {
        // The document may hold half of it: only the log knows the truth now.
        fail(error);
        return;
      }
      enqueue({ update, writer, annotationIds: admitted.touched });
    },
    change(userId, authors, work) {
      ensureVersion();
      for (const author of authors) owners.claimAuthor(author, userId);
      collectChanges(userId, work);
    },
    answer,
    whenDurable: durability.whenDurable,
    durable: () =>
      new Promise((resolve, reject) => {
        durability.whenDurable(() => resolve(seq), reject);
      }),
    isDurable: durability.isDurable,
    prepareUnload: () =>
      new Promise((resolve, reject) => {
        if (durability.failed() || !policy.isWorthAtUnload()) {
          durability.whenDurable(resolve, reject);
          return;
        }
        unloading = { resolve, reject };
        committer.request(source);
      }),
    fail,
    dispose() {
      presence.dispose();
      newcomers.dispose();
      doc.destroy();
    },
  };
}
