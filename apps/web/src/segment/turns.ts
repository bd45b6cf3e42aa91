interface Turn {
  /** Nobody has asked since. */
  readonly isLatest: () => boolean;
  /** Lets the one that waits go on. */
  end(): void;
}

export interface Turns {
  /** Waits for its turn; undefined when a later one took its place meanwhile. */
  take(): Promise<Turn | undefined>;
  /** Nobody waits any more. */
  drop(): void;
}

/** One question runs, one waits, older ones are dropped. */
export function createTurns(): Turns {
  let latest = 0;
  let running = false;
  let next: (() => void) | undefined;

  function passOn(): void {
    const waiting = next;
    next = undefined;
    waiting?.();
  }

  return {
    async take() {
      const mine = ++latest;
      // Whoever waited is dropped: this question is newer.
      passOn();
      if (running)
        await new Promise<void>((resolve) => {
          next = resolve;
        });
      if (mine !== latest) return undefined;
      running = true;
      return {
        isLatest: () => mine === latest,
        end() {
          running = false;
          passOn();
        },
      };
    },
    drop() {
      latest++;
      passOn();
    },
  };
}
