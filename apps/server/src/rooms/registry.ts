import type { Committer } from "./committer.ts";
import type { CommitNotices } from "./commit-notices.ts";
import type { Limits } from "./limits.ts";
import { LogError, type RoomLog } from "./log/log.ts";
import { createRoom, type Room } from "./room.ts";
import type { RoomLease } from "./session.ts";

export type Registry = {
  /**
   * The room of an image, loaded once however many ask at the same time, and kept until everybody has released it.
   * @throws LogError when it cannot be loaded
   */
  readonly open: (imageId: string) => Promise<RoomLease>;
  /** The room if it is in memory now; not kept by this. */
  readonly peek: (imageId: string) => Room | undefined;
  /** Gives a room up with all that is not on disk yet; whoever waits for it is refused. */
  readonly drop: (imageId: string) => void;
  readonly size: () => number;
  /** Drops what nobody uses and the disk has; for tests and the end of the process. */
  readonly evictIdle: () => Promise<void>;
  readonly dispose: () => void;
};

type Entry = {
  readonly imageId: string;
  readonly opening: Promise<Room>;
  room: Room | undefined;
  leases: number;
  timer: NodeJS.Timeout | undefined;
  evicting: Promise<void> | undefined;
};

export function createRegistry(options: {
  readonly log: RoomLog;
  readonly committer: Committer;
  readonly notices: CommitNotices;
  readonly limits: Limits;
  readonly onError: (error: unknown) => void;
}): Registry {
  const entries = new Map<string, Entry>();

  function createEntry(imageId: string): Entry {
    const entry: Entry = {
      imageId,
      opening: load(imageId, () => forget(entry)),
      room: undefined,
      leases: 0,
      timer: undefined,
      evicting: undefined,
    };
    entries.set(imageId, entry);
    return entry;
  }

  async function load(imageId: string, onFailed: () => void): Promise<Room> {
    const stored = await options.log.load(imageId);
    return createRoom({
      imageId,
      stored,
      committer: options.committer,
      notices: options.notices,
      limits: options.limits,
      onFailed(error) {
        options.onError(error);
        onFailed();
      },
    });
  }

  /** The next one who asks gets a new room, loaded from what the disk has. */
  function forget(entry: Entry): void {
    clearTimeout(entry.timer);
    if (entries.get(entry.imageId) === entry) entries.delete(entry.imageId);
  }

  function release(entry: Entry): void {
    entry.leases--;
    if (entry.leases > 0 || entries.get(entry.imageId) !== entry) return;
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => void evict(entry), options.limits.idleMs);
    entry.timer.unref();
  }

  function evict(entry: Entry): Promise<void> {
    entry.evicting ??= tryToEvict(entry).finally(() => {
      entry.evicting = undefined;
    });
    return entry.evicting;
  }

  async function tryToEvict(entry: Entry): Promise<void> {
    const isIdle = (): boolean => entry.leases === 0 && entries.get(entry.imageId) === entry;
    const { room } = entry;
    if (room === undefined || !isIdle()) return;
    try {
      await room.prepareUnload();
    } catch {
      // It failed meanwhile and has been forgotten.
      return;
    }
    // Somebody may have come, or changed something and left again, while the snapshot was written.
    if (!isIdle()) return;
    if (!room.isDurable()) return tryToEvict(entry);
    forget(entry);
    room.dispose();
  }

  return {
    async open(imageId) {
      const entry = entries.get(imageId) ?? createEntry(imageId);
      entry.leases++;
      clearTimeout(entry.timer);
      try {
        entry.room ??= await entry.opening;
      } catch (error) {
        forget(entry);
        throw error;
      }
      let released = false;
      return {
        room: entry.room,
        release() {
          if (released) return;
          released = true;
          release(entry);
        },
      };
    },
    peek: (imageId) => entries.get(imageId)?.room,
    drop(imageId) {
      entries.get(imageId)?.room?.fail(new LogError("the image has been removed"));
    },
    size: () => entries.size,
    async evictIdle() {
      await Promise.all([...entries.values()].map(evict));
    },
    dispose() {
      for (const entry of entries.values()) {
        clearTimeout(entry.timer);
        entry.room?.dispose();
      }
      entries.clear();
    },
  };
}
