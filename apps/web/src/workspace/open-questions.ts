const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the network was asked and has not answered yet. */
export interface OpenQuestions {
  readonly count: number;
  /** Counts an answer until it is there, whatever becomes of it; gives it back. */
  follow<Answer>(answer: Promise<Answer>): Promise<Answer>;
  /** Until nothing is open, but not longer than `limitMs`. */
  settled(limitMs: number): Promise<void>;
}

export function createOpenQuestions(): OpenQuestions {
  const open = new Set<Promise<unknown>>();
  return {
    get count() {
      return open.size;
    },
    follow(answer) {
      const settled: Promise<unknown> = answer.then(
        () => open.delete(settled),
        () => open.delete(settled),
      );
      open.add(settled);
      return answer;
    },
    async settled(limitMs) {
      const tooLate = performance.now() + limitMs;
      while (open.size > 0 && performance.now() < tooLate) {
        await Promise.race([Promise.all(open), pause(limitMs)]);
        // The next box that was drawn asks only now.
        await pause(0);
      }
    },
  };
}
