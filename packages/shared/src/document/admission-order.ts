import * as Y from "yjs";
import { stateOf } from "./admission-places.ts";

/**
 * Can these new structs be integrated one after another, each when all that it builds on is there? Structs that build on each
 * other in a circle, or on a later one of their own client, would wait in the document for ever; nobody makes them honestly.
 * `items` are in clock order for each client, without holes.
 */
export function canBeIntegrated(items: readonly Y.Item[], doc: Y.Doc): boolean {
  const queues = [...Map.groupBy(items, (item) => item.id.client)].map(([client, queue]) => ({
    client,
    queue,
    next: 0,
  }));
  const states = new Map<number, number>();
  const stateHere = (client: number): number => states.get(client) ?? stateOf(doc.store, client);
  const isMet = (item: Y.Item, on: Y.ID | null): boolean => {
    if (on === null) return true;
    return on.client === item.id.client
      ? on.clock < item.id.clock
      : on.clock < stateHere(on.client);
  };
  let left = items.length;
  let moved = true;
  while (moved && left > 0) {
    moved = false;
    for (const each of queues) {
      for (let item = each.queue[each.next]; item !== undefined; item = each.queue[each.next]) {
        // A decoded item names its parent by id or root name.
        const parent = item.parent as unknown;
        const above = parent instanceof Y.ID ? parent : null;
        if (![item.origin, item.rightOrigin, above].every((on) => isMet(item, on))) break;
        states.set(each.client, item.id.clock + item.length);
        each.next++;
        left--;
        moved = true;
      }
    }
  }
  return left === 0;
}
