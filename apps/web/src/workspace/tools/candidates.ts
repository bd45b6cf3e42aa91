import type { Bitmask } from "@limn/shared/raster";
import type { CandidatePlace } from "../state/preview.ts";

/** What undo calls the step to another candidate. */
export const NEXT_CANDIDATE = "Other candidate";

/** The masks that the network gave for the last question, and which of them is seen. */
export interface Candidates {
  /** Undefined: there is nothing to choose from. */
  place(): CandidatePlace | undefined;
  /** An answer was stored, and is seen. */
  begin(first: Bitmask): void;
  /** The others came; they are of no use when what is seen has changed meanwhile. */
  add(first: Bitmask, others: readonly Bitmask[]): void;
  /** What is seen and what comes after it; the first follows the last. */
  next(): { readonly seen: Bitmask; readonly wanted: Bitmask } | undefined;
  /** What `next` gave is seen now. */
  step(): void;
  /** The last step is being taken back. */
  stepBack(): void;
  clear(): void;
}

export function createCandidates(): Candidates {
  let masks: readonly Bitmask[] = [];
  let steps = 0;
  let place: CandidatePlace | undefined;

  const at = (step: number): Bitmask | undefined => masks[step % masks.length];
  /** One object as long as nothing changes: whoever shows it compares by identity. */
  const goTo = (step: number): void => {
    steps = step;
    place = masks.length > 1 ? { index: steps % masks.length, count: masks.length } : undefined;
  };
  const set = (offered: readonly Bitmask[]): void => {
    masks = offered;
    goTo(0);
  };

  return {
    place: () => place,
    begin: (first) => set([first]),
    add(first, others) {
      if (masks[0] === first) set([first, ...others]);
    },
    next() {
      const seen = at(steps);
      const wanted = at(steps + 1);
      return place && seen && wanted ? { seen, wanted } : undefined;
    },
    step: () => goTo(steps + 1),
    stepBack: () => goTo(Math.max(0, steps - 1)),
    clear: () => set([]),
  };
}
