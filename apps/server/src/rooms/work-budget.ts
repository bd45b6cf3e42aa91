export type WorkBudget = {
  /** @returns false when more was asked for than the budget has */
  readonly spend: (amount: number) => boolean;
};

/** A bucket that is full at the start and fills up again with time; what a client may cost that changes nothing. */
export function createWorkBudget(options: {
  readonly burst: number;
  readonly perSecond: number;
  readonly clock: () => number;
}): WorkBudget {
  let left = options.burst;
  let at = options.clock();
  return {
    spend(amount) {
      const now = options.clock();
      left = Math.min(options.burst, left + ((now - at) / 1000) * options.perSecond);
      at = now;
      left -= amount;
      return left >= 0;
    },
  };
}
