import type {
  Binding,
  Edit,
  LogBatch,
  LogRow,
  RoomBinding,
  RoomLog,
  RoomSnapshot,
} from "./log/log.ts";

/** What one room hands over for the next commit: at most one row, and what goes with it in the same transaction. */
export type RoomBatch = {
  readonly room: string;
  readonly row:
    | {
        readonly seq: number;
        readonly updates: readonly Uint8Array[];
        readonly edits: readonly Edit[];
      }
    | undefined;
  readonly clients: readonly Binding[];
  readonly authors: readonly Binding[];
  readonly snapshot: { readonly seq: number; readonly state: Uint8Array } | undefined;
};

export type CommitSource = {
  /** Called when the commit starts; everything that waits moves into flight. */
  readonly takeBatch: () => RoomBatch;
  readonly committed: (at: number) => void;
  readonly failed: (error: unknown) => void;
};

export type Committer = {
  /** This room has something to store. */
  readonly request: (source: CommitSource) => void;
  /** Resolves when all that was requested before is on disk or has failed. */
  readonly idle: () => Promise<void>;
  readonly counts: () => { readonly commits: number; readonly rows: number };
};

/**
 * Group commit: whatever arrives while a commit runs goes into the next one, one row per room, one fsync for all.
 * When a commit of several rooms fails, each is tried alone, so that one room's trouble stays its own.
 */
export function createCommitter(options: {
  readonly log: RoomLog;
  readonly clock: () => number;
  /** The longest that an edit waits for others when many are made; one that comes alone never waits. */
  readonly mostGapMs: number;
  /** Positions to write along with whatever is committed next. */
  readonly told: {
    readonly take: () => LogBatch["told"];
    readonly giveBack: (told: LogBatch["told"]) => void;
  };
}): Committer {
  let waiting = new Set<CommitSource>();
  let pumping: Promise<void> | undefined;
  const pace = createPace(options.mostGapMs);
  let startedAt = -Infinity;
  let commits = 0;
  let rows = 0;

  async function commitTogether(parts: readonly Part[], at: number): Promise<void> {
    const told = options.told.take();
    try {
      await options.log.commit(toLogBatch(parts, at, told));
    } catch (error) {
      options.told.giveBack(told);
      if (parts.length > 1) {
        for (const part of parts) await commitTogether([part], at);
      } else {
        for (const { source } of parts) source.failed(error);
      }
      return;
    }
    commits++;
    for (const { source, batch } of parts) {
      if (batch.row !== undefined) rows++;
      try {
        source.committed(at);
      } catch (error) {
        // It is on disk: the room is read again from there, and commits go on for all others.
        source.failed(error);
      }
    }
  }

  async function pump(): Promise<void> {
    // One turn of the event loop, so that frames which arrived together share a commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.size > 0) {
      const early = startedAt + pace.gap() - performance.now();
      if (early > 0.5) await new Promise((resolve) => setTimeout(resolve, early));
      startedAt = performance.now();
      const sources = waiting;
      waiting = new Set();
      const parts: Part[] = [];
      for (const source of sources) {
        try {
          parts.push({ source, batch: source.takeBatch() });
        } catch (error) {
          source.failed(error);
        }
      }
      pace.note(parts.reduce((sum, { batch }) => sum + (batch.row?.updates.length ?? 0), 0));
      if (parts.length > 0) await commitTogether(parts, options.clock());
    }
    pumping = undefined;
  }

  return {
    request(source) {
      waiting.add(source);
      pumping ??= pump();
    },
    async idle() {
      await pumping;
    },
    counts: () => ({ commits, rows }),
  };
}

/** Milliseconds of gap for each edit per second: 5 when five people draw briskly, 40 when forty do. */
const GAP_PER_RATE = 0.2;
/** Over which time the rate is taken. */
const RATE_MS = 500;

/**
 * How far apart commits start. Every commit wakes another thread and every reader, which costs more than what is in it;
 * so the more edits are made, by whomever, the longer they wait for each other.
 */
function createPace(mostGapMs: number): { gap: () => number; note: (edits: number) => void } {
  let rate = 0;
  let notedAt = performance.now();
  return {
    gap: () => Math.min(mostGapMs, rate * GAP_PER_RATE),
    note(edits) {
      const now = performance.now();
      const elapsed = Math.max(1, now - notedAt);
      notedAt = now;
      const share = 1 - Math.exp(-elapsed / RATE_MS);
      rate += share * ((edits * 1_000) / elapsed - rate);
    },
  };
}

type Part = { readonly source: CommitSource; readonly batch: RoomBatch };

function toLogBatch(parts: readonly Part[], at: number, told: LogBatch["told"]): LogBatch {
  const rows: LogRow[] = [];
  const clients: RoomBinding[] = [];
  const authors: RoomBinding[] = [];
  const snapshots: RoomSnapshot[] = [];
  for (const { batch } of parts) {
    const { room } = batch;
    if (batch.row !== undefined) rows.push({ room, at, ...batch.row });
    for (const binding of batch.clients) clients.push({ room, binding });
    for (const binding of batch.authors) authors.push({ room, binding });
    if (batch.snapshot !== undefined) snapshots.push({ room, ...batch.snapshot });
  }
  return { rows, clients, authors, snapshots, told };
}
