/**
 * The log of the rooms: for every image the updates that were said to be stored, in order. It is the truth that rooms
 * are loaded from; nothing is broadcast or acknowledged before `commit` has resolved.
 */

/** A client id or an author number with the user that it belongs to, for ever, in one room. */
export type Binding = readonly [number: number, userId: string];

/** Who touched which annotations with a row; kept with it until the hook for commits has been told. */
export type Edit = { readonly userId: string; readonly annotationIds: readonly string[] };

export type LogRow = {
  readonly room: string;
  /** 1, 2, 3, ... in one room without holes; a number that is taken is refused. */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** In the order in which they were applied; merging them would cost more than it saves. */
  readonly updates: readonly Uint8Array[];
  readonly edits: readonly Edit[];
};

export type RoomSnapshot = {
  readonly room: string;
  /** The snapshot holds every row up to this one. */
  readonly seq: number;
  readonly state: Uint8Array;
};

export type RoomBinding = { readonly room: string; readonly binding: Binding };

/** What one transaction writes: all of it or nothing. */
export type LogBatch = {
  readonly rows: readonly LogRow[];
  /** First owner wins; binding a number again, also to somebody else, changes nothing. */
  readonly clients: readonly RoomBinding[];
  readonly authors: readonly RoomBinding[];
  readonly snapshots: readonly RoomSnapshot[];
  /** Up to which row of a room the hook has been told; rows below it and in the snapshot are dropped. */
  readonly told: readonly { readonly room: string; readonly seq: number }[];
};

export type StoredRoom = {
  readonly snapshot: { readonly seq: number; readonly state: Uint8Array } | undefined;
  /** The rows after the snapshot, in order. */
  readonly rows: readonly { readonly seq: number; readonly updates: readonly Uint8Array[] }[];
  readonly clients: readonly Binding[];
  readonly authors: readonly Binding[];
};

/** A row whose edits the hook has perhaps not been told. */
export type UntoldRow = {
  readonly room: string;
  readonly seq: number;
  readonly at: number;
  readonly edits: readonly Edit[];
};

export type RoomLog = {
  /** Resolves when everything in the batch is on disk; rejects with a `LogError` when nothing of it is. */
  commit(batch: LogBatch): Promise<void>;
  /** Everything of one room; a room that was never written is empty. */
  load(room: string): Promise<StoredRoom>;
  /** The last row of each room that has any. */
  heads(): Promise<readonly { readonly room: string; readonly seq: number }[]>;
  /** Rows that were committed and not told before the process ended, in order. */
  untold(): Promise<readonly UntoldRow[]>;
  /** Forgets a room for good (its image left the bin). */
  remove(room: string): Promise<void>;
  /** Finishes what was asked before, then lets the storage go. Calls after it are refused. */
  close(): Promise<void>;
};

/** The storage could not do what was asked; nothing of the call has been stored. */
export class LogError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LogError";
  }
}

export const EMPTY_BATCH: LogBatch = {
  rows: [],
  clients: [],
  authors: [],
  snapshots: [],
  told: [],
};
