/** What "Saved" means: the server has it on disk. Four states, nothing in between. */
export type SaveState =
  | { readonly kind: "saved" }
  | { readonly kind: "saving" }
  | { readonly kind: "offline"; readonly waiting: number }
  | { readonly kind: "problem"; readonly sentence: string };

/** Where the network runs and why not somewhere faster. */
export interface EngineStatus {
  readonly engine: "starting" | "gpu" | "cpu" | "server" | "none";
  /** Time of the last answer, from the gesture to the mask. */
  readonly lastMs?: number;
  /** Milliseconds per stage of the last answer. */
  readonly stages?: Readonly<Record<string, number>>;
  /** One sentence for each faster engine that is not used. */
  /** The network in use, once it is known. */
  readonly model?: string;
  readonly reasons: readonly string[];
}

export function describeSaving(state: SaveState): string {
  switch (state.kind) {
    case "saved":
      return "All saved, nothing to do.";
    case "saving":
      return "Saving; it takes a moment.";
    case "offline":
      return state.waiting === 0
        ? "You are offline. Everything is saved; new edits are kept in this browser."
        : `You are offline. ${state.waiting} ${state.waiting === 1 ? "edit waits" : "edits wait"} in this browser and go out when the connection is back.`;
    case "problem":
      return state.sentence;
  }
}
