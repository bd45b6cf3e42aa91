/** Where an item of an update belongs: the encoding names the parent only for items without neighbours. */
import * as Y from "yjs";
import { type DocumentRoots, keyOfList, rootsOf } from "./roots.ts";

/** No key of ours comes near this length. */
const MAX_KEY_LENGTH = 256;
/** Longest chain of new items without a known neighbour; one update of 8 MiB cannot hold more. */
const MAX_CHAIN = 1_000_000;

type WritableRoot = "geo" | "props" | "del" | "ops";

export interface Place {
  readonly root: WritableRoot;
  /** Key in the root map; for an operation, that of its list. */
  readonly key: string;
  /** An element of a list of operations. */
  readonly inList: boolean;
}

export interface PlaceFinder {
  /** A sentence's part saying what is wrong, where the place is none that may be written. */
  placeOf(item: Y.Item): Place | string;
  isRoot(parent: unknown, root: WritableRoot): boolean;
  isInMeta(item: Y.Item): boolean;
}

const WRITABLE: readonly string[] = ["geo", "props", "del", "ops"] satisfies WritableRoot[];

function isWritableRoot(name: string): name is WritableRoot {
  return WRITABLE.includes(name);
}

export function createPlaceFinder(doc: Y.Doc, fresh: readonly Y.Item[]): PlaceFinder {
  const roots = rootsOf(doc);
  const { store } = doc;
  const places = new Map<Y.Item, Place | string>();
  let byClient: Map<number, Y.Item[]> | undefined;

  const findFresh = (id: Y.ID): Y.Item | undefined => {
    byClient ??= Map.groupBy(fresh, (item) => item.id.client);
    const items = byClient.get(id.client) ?? [];
    let low = 0;
    let high = items.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const item = items[middle];
      if (item === undefined) return undefined;
      if (item.id.clock > id.clock) high = middle - 1;
      else if (item.id.clock + item.length <= id.clock) low = middle + 1;
      else return item;
    }
    return undefined;
  };
  const isKnown = (id: Y.ID): boolean => id.clock < stateOf(store, id.client);

  /** The place of an item that the document holds. */
  const placeOfKnown = (id: Y.ID): Place | string => {
    const item = Y.getItem(store, id) as unknown; // May be a collected struct, whatever its type says.
    if (!(item instanceof Y.Item)) return "it builds on something that was deleted";
    return placeInParent(roots, item);
  };

  const placeByParent = (item: Y.Item): Place | string => {
    const parent = item.parent as unknown; // A root's name or a container's id, as decoded.
    if (typeof parent === "string") return placeInRoot(parent, item.parentSub);
    if (!(parent instanceof Y.ID)) return "it belongs nowhere";
    if (item.parentSub !== null) return "a key in a list";
    const list = isKnown(parent) ? Y.getItem(store, parent) : findFresh(parent);
    if (list === undefined || !(list.content instanceof Y.ContentType)) return "it belongs nowhere";
    if (!isKnown(parent)) return listPlace(placeOfFresh(list));
    const key = list.content.type instanceof Y.Array ? keyOfList(list.content.type) : undefined;
    if (key === undefined || list.parent !== roots.ops) return "it belongs nowhere";
    return { root: "ops", key, inList: true };
  };

  /** Walks along neighbours of the same update until one is known or names its parent, then fills in the way back. */
  const placeOfFresh = (start: Y.Item): Place | string => {
    const walked: Y.Item[] = [];
    let item = start;
    let place = places.get(item);
    while (place === undefined) {
      walked.push(item);
      if (walked.length > MAX_CHAIN) return "an endless chain";
      const neighbour = item.origin ?? item.rightOrigin;
      if (neighbour === null) place = placeByParent(item);
      else if (isKnown(neighbour)) place = placeOfKnown(neighbour);
      else {
        const next = findFresh(neighbour);
        if (next === undefined || next === item) return "it builds on nothing";
        item = next;
        place = places.get(item);
      }
    }
    for (const each of walked) places.set(each, place);
    return place;
  };

  /** Both neighbours must agree, and a value under a key never has a right one. */
  const placeOf = (item: Y.Item): Place | string => {
    const place = placeOfFresh(item);
    if (typeof place === "string" || item.rightOrigin === null) return place;
    if (!place.inList) return "a value written before another";
    if (item.origin === null) return place;
    const right = isKnown(item.rightOrigin)
      ? placeOfKnown(item.rightOrigin)
      : placeOfFresh(findFresh(item.rightOrigin) ?? item);
    const agrees = typeof right !== "string" && right.inList && right.key === place.key;
    return agrees ? place : "neighbours in different places";
  };

  return {
    placeOf,
    isRoot: (parent, root) => parent === roots[root],
    isInMeta: (item) => (item.parent as unknown) === roots.meta,
  };
}

function placeInRoot(root: string, key: string | null): Place | string {
  if (!isWritableRoot(root)) return `nobody may write to "${root.slice(0, 20)}"`;
  if (key === null) return "a list where a map is";
  if (key.length > MAX_KEY_LENGTH) return "a key is too long";
  return { root, key, inList: false };
}

function placeInParent(roots: DocumentRoots, item: Y.Item): Place | string {
  const parent = item.parent as unknown; // Integrated items point at their type.
  for (const root of ["geo", "props", "del", "ops"] as const) {
    if (parent === roots[root]) return placeInRoot(root, item.parentSub);
  }
  if (parent instanceof Y.Array && parent.parent === roots.ops && item.parentSub === null) {
    const key = keyOfList(parent);
    if (key !== undefined) return { root: "ops", key, inList: true };
  }
  return parent === roots.meta ? 'nobody may write to "meta"' : "it belongs nowhere";
}

/** The place of an element, from that of the list it is in. */
function listPlace(list: Place | string): Place | string {
  if (typeof list === "string") return list;
  return list.root === "ops" && !list.inList
    ? { root: "ops", key: list.key, inList: true }
    : "a list that has no place here";
}

/** Clock up to which the document knows a client. */
export function stateOf(store: Y.Doc["store"], client: number): number {
  const last = store.clients.get(client)?.at(-1);
  return last === undefined ? 0 : last.id.clock + last.length;
}
