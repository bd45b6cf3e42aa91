import * as Y from "yjs";

/** One update that does what all of these do, applied in this order. */
export function mergeUpdates(updates: readonly Uint8Array[]): Uint8Array {
  const [first] = updates;
  if (first !== undefined && updates.length === 1) return first;
  return Y.mergeUpdates([...updates]);
}
