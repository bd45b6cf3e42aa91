import type { CloseCode } from "@limn/shared/api";
import * as Y from "yjs";
import type { Access, Authenticate } from "./access.ts";
import { createCommitter } from "./committer.ts";
import { createCommitNotices, type OnCommitted } from "./commit-notices.ts";
import { createEdits, type Edits, type ImageSize } from "./edits.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import type { RoomLog } from "./log/log.ts";
import { createRegistry } from "./registry.ts";
import { createSession, type Session } from "./session.ts";
import type { RoomLine, RoomSocket } from "./socket.ts";

/** The live documents of all images at this server. */
export type Rooms = {
  /** Edits from HTTP and jobs: the same document, live for whoever watches. */
  readonly edit: Edits["edit"];
  /** Reads the document of an image as it is on disk. */
  readonly read: Edits["read"];
  /**
   * The document as bytes for a worker or an export, on disk when it resolves; it holds at least the rows up to `seq`.
   * `since`: only what a reader with this state vector lacks.
   */
  readonly snapshot: (
    imageId: string,
    since?: Uint8Array,
  ) => Promise<{ readonly seq: number; readonly state: Uint8Array }>;
  /** Who is on an image now; a person with two tabs is there once. */
  readonly people: (imageId: string) => readonly Access[];
  /** Images on which somebody is now. */
  readonly occupied: () => readonly string[];
  /** Asks again who is connected, at sign-out and at a change of role; without a user: everybody. */
  readonly recheck: (userId?: string) => Promise<void>;
  /** Sends everybody away from one image once what they sent is on disk. */
  readonly closeImage: (imageId: string, code: Extract<CloseCode, 4403 | 4404>) => Promise<void>;
  /** Forgets an image's document for good. */
  readonly remove: (imageId: string) => Promise<void>;
  /** Tells the hook for commits what is waiting, now. */
  readonly flushCommitted: () => Promise<void>;
  readonly stats: () => RoomStats;
  /** Stores what was received, says goodbye with 1012, and closes the log. */
  readonly close: () => Promise<void>;
};

export type RoomStats = {
  readonly rooms: number;
  readonly connections: number;
  readonly commits: number;
  readonly rows: number;
};

export type RoomsOptions = {
  readonly log: RoomLog;
  readonly imageSize: (imageId: string) => Promise<ImageSize | undefined>;
  readonly onCommitted?: OnCommitted;
  /** Somebody came to an image or left it. */
  readonly onPeople?: (imageId: string) => void;
  /** A failure that nobody else is told of: storage, the hook, the catalog. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since 1970. */
  readonly clock?: () => number;
  /** 0 <= x < 1; must not be guessable. */
  readonly random?: () => number;
  readonly limits?: Partial<Limits>;
};

export type SocketOptions = {
  readonly imageId: string;
  readonly authenticate: Authenticate;
  /** Whether the address asked for frames 100-102 (`?limn=1`). */
  readonly limnFrames: boolean;
  /** The TCP or TLS socket under it (`request.socket`). */
  readonly line: RoomLine;
};

/** What `acceptSocket` needs; kept apart from `Rooms` so that routes see no sessions. */
const accepting = new WeakMap<Rooms, (socket: RoomSocket, options: SocketOptions) => void>();

/**
 * Takes a socket whose upgrade was accepted. Call it in the same turn in which the socket is there: frames that come
 * before the session and the room are known wait.
 */
export function acceptSocket(rooms: Rooms, socket: RoomSocket, options: SocketOptions): void {
  const accept = accepting.get(rooms);
  if (accept === undefined) throw new Error("these rooms were not made by createRooms");
  accept(socket, options);
}

/**
 * Opens the rooms over a log. What was committed and not told to `onCommitted` before the last process ended is told
 * first.
 * @throws LogError when the log cannot be read
 */
export async function createRooms(options: RoomsOptions): Promise<Rooms> {
  const { log } = options;
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  const clock = options.clock ?? Date.now;
  const onError = options.onError ?? (() => {});
  const sessions = new Set<Session>();
  let closing: Promise<void> | undefined;

  const notices = createCommitNotices({
    onCommitted: options.onCommitted ?? (() => {}),
    waitMs: limits.noticeMs,
    clock,
    onError,
  });
  for (const row of await log.untold()) notices.add(row.room, row.seq, row.at, row.edits);
  await notices.flush();

  const committer = createCommitter({
    log,
    clock,
    mostGapMs: limits.commitGapMs,
    told: notices.told,
  });
  const registry = createRegistry({ log, committer, notices, limits, onError });
  const edits = createEdits({
    registry,
    limits,
    imageSize: options.imageSize,
    random: options.random ?? cryptoRandom,
    flushCommitted: notices.flush,
  });

  const heartbeat = setInterval(() => {
    for (const session of sessions) session.heartbeat();
  }, limits.heartbeatMs);
  const rechecks = setInterval(() => void recheck(), limits.recheckMs);
  heartbeat.unref();
  rechecks.unref();

  function accept(socket: RoomSocket, socketOptions: SocketOptions): void {
    const session = createSession({
      socket,
      ...socketOptions,
      openRoom: () => registry.open(socketOptions.imageId),
      limits,
      clock,
      onLive: () => options.onPeople?.(socketOptions.imageId),
      onClosed() {
        sessions.delete(session);
        options.onPeople?.(socketOptions.imageId);
      },
      onError,
    });
    sessions.add(session);
    if (closing !== undefined) session.finish(1012);
  }

  async function recheck(userId?: string): Promise<void> {
    for (const session of sessions) {
      const who = session.access()?.userId;
      if (userId === undefined || who === undefined || who === userId) await session.recheck();
    }
  }

  async function shutDown(): Promise<void> {
    clearInterval(heartbeat);
    clearInterval(rechecks);
    for (const session of sessions) session.finish(1012);
    await committer.idle();
    await registry.evictIdle();
    await committer.idle();
    await notices.flush();
    const told = notices.told.take(true);
    if (told.length > 0) {
      await log.commit({ rows: [], clients: [], authors: [], snapshots: [], told }).catch(onError);
    }
    notices.dispose();
    registry.dispose();
    await log.close();
  }

  const rooms: Rooms = {
    edit: edits.edit,
    read: edits.read,
    async snapshot(imageId, since) {
      const room = registry.peek(imageId);
      if (room !== undefined) {
        const state = Y.encodeStateAsUpdate(room.doc, since);
        const seq = room.seq();
        await room.durable();
        return { seq, state };
      }
      const stored = await log.load(imageId);
      const updates = stored.rows.flatMap((row) => row.updates);
      if (stored.snapshot !== undefined) updates.unshift(stored.snapshot.state);
      const whole = updates.length === 0 ? EMPTY_STATE : Y.mergeUpdates(updates);
      return {
        seq: stored.rows.at(-1)?.seq ?? stored.snapshot?.seq ?? 0,
        state: since === undefined ? whole : Y.diffUpdate(whole, since),
      };
    },
    people(imageId) {
      const byUser = new Map<string, Access>();
      for (const session of sessions) {
        const access = session.imageId === imageId ? session.access() : undefined;
        if (access !== undefined) byUser.set(access.userId, access);
      }
      return [...byUser.values()];
    },
    occupied() {
      const here = [...sessions].filter((session) => session.access() !== undefined);
      return [...new Set(here.map((session) => session.imageId))];
    },
    recheck,
    async closeImage(imageId, code) {
      for (const session of sessions) if (session.imageId === imageId) session.finish(code);
      await registry.peek(imageId)?.durable();
    },
    async remove(imageId) {
      await rooms.closeImage(imageId, 4404);
      registry.drop(imageId);
      await log.remove(imageId);
    },
    flushCommitted: notices.flush,
    stats: () => ({ rooms: registry.size(), connections: sessions.size, ...committer.counts() }),
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
  accepting.set(rooms, accept);
  return rooms;
}

/** The update of a document with nothing in it. */
const EMPTY_STATE = Uint8Array.of(0, 0);

function cryptoRandom(): number {
  const [word = 0] = crypto.getRandomValues(new Uint32Array(1));
  return word / 2 ** 32;
}
