/** Which of two values that were written at once stays: the conflict rule of Yjs, foreseen. */
import * as Y from "yjs";
import { stateOf } from "./admission-places.ts";

/** A stretch of one client's values of a key, as Yjs compares it. */
interface Stretch {
  readonly client: number;
  readonly clock: number;
  /** Clock of its last value, which is not always its first: Yjs merges deleted neighbours into one item. */
  readonly last: number;
  readonly origin: Y.ID | null;
  readonly rightOrigin: Y.ID | null;
}

/**
 * Would the new item, once integrated, stand behind `current`, the last value of its key? Then every replica deletes
 * `current`, and an honest sender's delete set says so. Follows the conflict rule of Yjs (Item.integrate) step by step,
 * without changing anything.
 */
export function keepsLast(candidate: Y.Item, current: Y.Item, store: Y.Doc["store"]): boolean {
  if (current.right !== null) return false;
  const stretches = stretchesAfterOrigin(candidate, current, store);
  if (stretches === undefined) return false;
  let left: Stretch | undefined;
  let conflicting: Stretch[] = [];
  const beforeOrigin: Stretch[] = [];
  for (const other of stretches) {
    beforeOrigin.push(other);
    conflicting.push(other);
    if (Y.compareIDs(candidate.origin, other.origin)) {
      if (other.client < candidate.id.client) {
        left = other;
        conflicting = [];
      } else if (Y.compareIDs(candidate.rightOrigin, other.rightOrigin)) break;
    } else if (other.origin !== null && holds(beforeOrigin, other.origin)) {
      if (!holds(conflicting, other.origin)) {
        left = other;
        conflicting = [];
      }
    } else break;
  }
  return left?.client === current.id.client && left.last === current.lastId.clock;
}

/** What stands behind the new item's origin; undefined when that is no value of the same key in the document. */
function stretchesAfterOrigin(
  candidate: Y.Item,
  current: Y.Item,
  store: Y.Doc["store"],
): Stretch[] | undefined {
  const stretches: Stretch[] = [];
  let next: Y.Item | null = current;
  const { origin } = candidate;
  if (origin === null) {
    while (next.left !== null) next = next.left;
  } else {
    // Built on another item of the same update: that one decides.
    if (origin.clock >= stateOf(store, origin.client)) return undefined;
    const item = Y.getItem(store, origin);
    if (item.parent !== current.parent || item.parentSub !== current.parentSub) return undefined;
    if (origin.clock < item.lastId.clock) {
      stretches.push({ ...toStretch(item), clock: origin.clock + 1, origin });
    }
    next = item.right;
  }
  for (; next !== null; next = next.right) stretches.push(toStretch(next));
  return stretches;
}

function toStretch(item: Y.Item): Stretch {
  const { id, lastId, origin, rightOrigin } = item;
  return { client: id.client, clock: id.clock, last: lastId.clock, origin, rightOrigin };
}

function holds(stretches: readonly Stretch[], id: Y.ID): boolean {
  return stretches.some(
    ({ client, clock, last }) => client === id.client && clock <= id.clock && id.clock <= last,
  );
}
