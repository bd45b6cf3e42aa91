/** How much of the machine networks get that people brought. */
export interface NetworkLimits {
  /** Resident memory of their process. */
  readonly limitBytes: number;
  /** Of one question; absent: what is usual. */
  readonly limitMs?: number | undefined;
}

/** For people, as the setting is given: `2048 MiB`. */
export const inMebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
