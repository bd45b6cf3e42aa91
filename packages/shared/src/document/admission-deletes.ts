/** What an update may delete: hardly anything, since deletion is a flag and undo an operation. */
import * as Y from "yjs";
import { isList } from "./admission-content.ts";
import { keepsLast } from "./admission-conflict.ts";
import { type PlaceFinder, stateOf } from "./admission-places.ts";

/** What is needed of an AdmissionRoom. */
interface DeleteContext {
  readonly doc: Y.Doc;
  readonly user: string;
  ownerOf(clientId: number): string | undefined;
}

export interface DeleteRange {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
}

/** Deletes that are new to us: every sync step 2 repeats the whole delete set. */
export function findFreshDeletes(
  decoded: ReturnType<typeof Y.decodeUpdate>,
  store: Y.Doc["store"],
  ends: ReadonlyMap<number, number>,
): DeleteRange[] | "not-ready" {
  const fresh: DeleteRange[] = [];
  for (const [client, ranges] of decoded.ds.clients) {
    const known = stateOf(store, client);
    const structs = store.clients.get(client) ?? [];
    for (const { clock, len } of ranges) {
      const end = clock + len;
      if (end > (ends.get(client) ?? known)) return "not-ready";
      const stop = Math.min(end, known);
      for (
        let i = clock < stop ? Y.findIndexSS(structs, clock) : structs.length;
        i < structs.length;
        i++
      ) {
        const struct = structs[i];
        if (struct === undefined || struct.id.clock >= stop) break;
        if (struct.deleted) continue;
        const from = Math.max(struct.id.clock, clock);
        fresh.push({
          client,
          clock: from,
          length: Math.min(struct.id.clock + struct.length, stop) - from,
        });
      }
      if (end > stop) {
        const from = Math.max(stop, clock);
        fresh.push({ client, clock: from, length: end - from });
      }
    }
  }
  return fresh;
}

/**
 * A new delete is admitted for a value that this update overwrites (or that loses to it by the rules of Yjs), and for
 * the user's own values; never for a list, an operation, or another person's value.
 */
export function inspectDeletes(
  deletes: readonly DeleteRange[],
  items: readonly Y.Item[],
  finder: PlaceFinder,
  room: DeleteContext,
): string | undefined {
  const { store } = room.doc;
  let overwritten: Set<string> | undefined;
  for (const { client, clock, length } of deletes) {
    const structs = store.clients.get(client);
    const stop = Math.min(clock + length, stateOf(store, client));
    // Beyond `stop` the delete is about structs of this very update, which are the user's own.
    if (structs === undefined || clock >= stop) continue;
    for (let i = Y.findIndexSS(structs, clock); i < structs.length; i++) {
      const item = structs[i];
      if (item === undefined || item.id.clock >= stop) break;
      if (item.deleted || !(item instanceof Y.Item)) continue;
      if (isList(item.content)) return "a list of operations is deleted";
      if (item.parentSub === null) return "a mask operation is deleted";
      if (finder.isInMeta(item)) return "a value that only the server writes is deleted";
      if (room.ownerOf(client) === room.user) continue;
      overwritten ??= new Set(items.map(({ origin }) => formatId(origin)));
      if (overwritten.has(formatId(item.lastId))) continue;
      if (!isOvertaken(item, items, finder, store)) return "another person's value is deleted";
    }
  }
  return undefined;
}

/** Is one of the new items for the same key, written beside this value, ordered behind it and thus its successor? */
function isOvertaken(
  item: Y.Item,
  items: readonly Y.Item[],
  finder: PlaceFinder,
  store: Y.Doc["store"],
): boolean {
  return items.some((candidate) => {
    const place = finder.placeOf(candidate);
    if (typeof place === "string" || place.inList || place.key !== item.parentSub) return false;
    return finder.isRoot(item.parent, place.root) && keepsLast(candidate, item, store);
  });
}

function formatId(id: Y.ID | null): string {
  return id === null ? "" : `${id.client}:${id.clock}`;
}
