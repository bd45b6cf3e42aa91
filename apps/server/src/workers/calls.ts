/** What a kind of worker can be asked: the name of each call, what goes in and what comes out, all cloneable. */
export type Calls<T> = {
  readonly [K in keyof T]: { readonly request: unknown; readonly answer: unknown };
};

/**
 * What a process ends itself with that has taken more memory than it may: nobody else sends it, and whoever started the process
 * hears of it. Windows knows none but the last one.
 */
export const TOO_MUCH_MEMORY: NodeJS.Signals = process.platform === "win32" ? "SIGKILL" : "SIGUSR2";

export interface ToWorker {
  readonly id: number;
  readonly call: string;
  readonly request: unknown;
}

/** Every call is answered, failures included. */
export type FromWorker =
  | { readonly id: number; readonly answer: unknown }
  | {
      readonly id: number;
      readonly failure: string;
      /** As Node names it, such as ENOSPC: a full disk is no fault of what was asked. */
      readonly code?: string;
    };
