import type { Broadcast } from "./broadcast.ts";
import type { Edit } from "./log/log.ts";
import type { PresencePeer } from "./presence-relay.ts";

/** One connection, as its room sees it. */
export type Peer = PresencePeer & {
  /** @param grant bytes that the reader may owe beyond the limit for now: the state of a large image */
  readonly send: (frame: Uint8Array, grant?: number) => void;
  /** What others wrote in one commit, and the acknowledgement of what it wrote itself. */
  readonly deliver: (broadcast: Broadcast, mine: Acknowledgement | undefined) => void;
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

/** One update in the document that is not on disk yet. */
export type Entry = {
  readonly update: Uint8Array;
  readonly writer: Writer;
  readonly annotationIds: readonly string[];
};

/** The first `frames` frames are on disk, and `bytes` of what was received need no longer be waited for. */
export type Acknowledgement = {
  readonly frames: number;
  readonly bytes: number;
  /** Which entries of the commit are its own, rising. */
  readonly own: readonly number[];
};

export function gatherAcknowledgements(entries: readonly Entry[]): Map<Peer, Acknowledgement> {
  const owed = new Map<Peer, { frames: number; bytes: number; own: number[] }>();
  for (const [index, { writer, update }] of entries.entries()) {
    if (writer.peer === undefined) continue;
    const mine = owed.get(writer.peer) ?? { frames: 0, bytes: 0, own: [] };
    owed.set(writer.peer, mine);
    mine.frames = writer.frames;
    mine.bytes += update.length;
    mine.own.push(index);
  }
  return owed;
}

export function gatherEdits(entries: readonly Entry[]): Edit[] {
  const byUser = new Map<string, Set<string>>();
  for (const { writer, annotationIds } of entries) {
    if (annotationIds.length === 0) continue;
    const ids = byUser.get(writer.userId) ?? new Set();
    byUser.set(writer.userId, ids);
    for (const id of annotationIds) ids.add(id);
  }
  return [...byUser].map(([userId, ids]) => ({ userId, annotationIds: [...ids] }));
}
