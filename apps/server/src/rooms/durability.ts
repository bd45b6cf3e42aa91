/** Counts what a room's document holds against what the disk holds, and lets people wait for the difference. */
export type Durability = {
  /** One more entry is in the document. */
  readonly applied: () => void;
  /** So many more entries are on disk, the oldest first. */
  readonly stored: (entries: number) => void;
  readonly isDurable: () => boolean;
  /** Calls back once everything applied so far is on disk: at once if it is. */
  readonly whenDurable: (run: () => void, onFail?: (error: unknown) => void) => void;
  /** Nothing more will be stored; whoever waits is refused, now and later. */
  readonly fail: (error: unknown) => void;
  readonly failed: () => boolean;
};

type Waiter = {
  readonly target: number;
  readonly run: () => void;
  readonly onFail: (error: unknown) => void;
};

export function createDurability(): Durability {
  let applied = 0;
  let stored = 0;
  let waiters: Waiter[] = [];
  let failure: { readonly error: unknown } | undefined;
  return {
    applied() {
      applied++;
    },
    stored(entries) {
      stored += entries;
      // Targets only grow, so those that are reached stand in front.
      const waiting = waiters.findIndex((waiter) => waiter.target > stored);
      const ready = waiters.splice(0, waiting === -1 ? waiters.length : waiting);
      for (const waiter of ready) waiter.run();
    },
    isDurable: () => stored === applied,
    whenDurable(run, onFail = () => {}) {
      if (failure !== undefined) onFail(failure.error);
      else if (stored === applied) run();
      else waiters.push({ target: applied, run, onFail });
    },
    fail(error) {
      failure ??= { error };
      const owed = waiters;
      waiters = [];
      for (const waiter of owed) waiter.onFail(error);
    },
    failed: () => failure !== undefined,
  };
}
