import type { Edit, LogBatch } from "./log/log.ts";

/** What somebody changed on one image, now on disk. */
export type CommittedEdit = {
  readonly imageId: string;
  /** The room's log position that holds it (the last one, when several were put together). */
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly userId: string;
  readonly annotationIds: readonly string[];
};

/**
 * Told of commits in batches, at least once each: after a crash the last ones are told again, so recording them must
 * be repeatable. May throw; the same edits are then told again with the next batch.
 */
export type OnCommitted = (edits: readonly CommittedEdit[]) => void | Promise<void>;

export type CommitNotices = {
  readonly add: (imageId: string, seq: number, at: number, edits: readonly Edit[]) => void;
  /** Tells what is waiting now; resolves when all that was added before has been told or was refused once. */
  readonly flush: () => Promise<void>;
  /**
   * Told positions that have moved, to be written with the next commit, now and then: after a crash only what came
   * later is told again. `take(true)` gives all of them now.
   */
  readonly told: {
    readonly take: (all?: boolean) => LogBatch["told"];
    readonly giveBack: (told: LogBatch["told"]) => void;
  };
  readonly dispose: () => void;
};

/** How often told positions are worth a write. */
const TOLD_MS = 2_000;

type Gathered = { seq: number; at: number; users: Map<string, Set<string>> };

export function createCommitNotices(options: {
  readonly onCommitted: OnCommitted;
  readonly waitMs: number;
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}): CommitNotices {
  let gathered = new Map<string, Gathered>();
  const told = new Map<string, number>();
  let lastTaken = 0;
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> = Promise.resolve();

  function add(imageId: string, seq: number, at: number, edits: readonly Edit[]): void {
    let entry = gathered.get(imageId);
    if (entry === undefined) gathered.set(imageId, (entry = { seq, at, users: new Map() }));
    entry.seq = Math.max(entry.seq, seq);
    entry.at = Math.max(entry.at, at);
    for (const edit of edits) {
      let ids = entry.users.get(edit.userId);
      if (ids === undefined) entry.users.set(edit.userId, (ids = new Set()));
      for (const id of edit.annotationIds) ids.add(id);
    }
    timer ??= setTimeout(() => void flush(), options.waitMs);
  }

  async function tell(): Promise<void> {
    if (gathered.size === 0) return;
    const now = gathered;
    gathered = new Map();
    const edits: CommittedEdit[] = [];
    for (const [imageId, { seq, at, users }] of now) {
      for (const [userId, ids] of users) {
        edits.push({ imageId, seq, at, userId, annotationIds: [...ids] });
      }
    }
    try {
      await options.onCommitted(edits);
      for (const [imageId, { seq }] of now) told.set(imageId, seq);
    } catch (error) {
      options.onError(error);
      for (const [imageId, { seq, at, users }] of now) {
        const again = [...users].map(([userId, ids]) => ({ userId, annotationIds: [...ids] }));
        add(imageId, seq, at, again);
      }
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    telling = telling.then(tell);
    return telling;
  }

  return {
    add,
    flush,
    told: {
      take(all = false) {
        const now = options.clock();
        if (told.size === 0 || (!all && now - lastTaken < TOLD_MS)) return [];
        lastTaken = now;
        const moved = [...told].map(([room, seq]) => ({ room, seq }));
        told.clear();
        return moved;
      },
      giveBack(positions) {
        for (const { room, seq } of positions) told.set(room, Math.max(seq, told.get(room) ?? 0));
      },
    },
    dispose() {
      clearTimeout(timer);
    },
  };
}
