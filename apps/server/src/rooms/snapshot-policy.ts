import type { Limits } from "./limits.ts";

/** When the rows of a room are worth being put together in the log. */
export type SnapshotPolicy = {
  /** Would a row of this size make a snapshot due? */
  readonly isDue: (rowBytes: number) => boolean;
  readonly isWorthAtUnload: () => boolean;
  readonly rowStored: (bytes: number) => void;
  readonly snapshotStored: (bytes: number) => void;
};

/**
 * A snapshot costs as much as the document is large, so it waits until the rows are as large as the last one: the whole
 * cost then grows with what was written, not with its square.
 */
export function createSnapshotPolicy(
  limits: Limits,
  stored: { readonly rows: readonly number[]; readonly snapshotBytes: number },
): SnapshotPolicy {
  let rows = stored.rows.length;
  let bytes = stored.rows.reduce((sum, row) => sum + row, 0);
  let { snapshotBytes } = stored;
  return {
    isDue(rowBytes) {
      if (rows + 1 >= limits.snapshotRows) return true;
      return bytes + rowBytes >= Math.max(limits.snapshotBytes, snapshotBytes);
    },
    isWorthAtUnload: () => rows >= limits.snapshotRowsAtUnload,
    rowStored(rowBytes) {
      rows++;
      bytes += rowBytes;
    },
    snapshotStored(stateBytes) {
      rows = 0;
      bytes = 0;
      snapshotBytes = stateBytes;
    },
  };
}
