import * as Y from "yjs";

/** The five root types of an image's document. Nothing else is admitted by a room. */
export interface DocumentRoots {
  readonly meta: Y.Map<unknown>;
  readonly geo: Y.Map<unknown>;
  readonly props: Y.Map<unknown>;
  readonly del: Y.Map<unknown>;
  readonly ops: Y.Map<unknown>;
}

export function rootsOf(doc: Y.Doc): DocumentRoots {
  return {
    meta: doc.getMap("meta"),
    geo: doc.getMap("geo"),
    props: doc.getMap("props"),
    del: doc.getMap("del"),
    ops: doc.getMap("ops"),
  };
}

/** The list of an annotation's operations as bytes; what is not bytes is left out. */
export function operationBytes(roots: DocumentRoots, id: string): Uint8Array[] {
  const list = roots.ops.get(id);
  if (!(list instanceof Y.Array)) return [];
  return list.toArray().filter((item): item is Uint8Array => item instanceof Uint8Array);
}

/** Length of that list, without reading it. */
export function countOperations(roots: DocumentRoots, id: string): number {
  const list = roots.ops.get(id);
  return list instanceof Y.Array ? list.length : 0;
}

/** The key under which a nested type stands in its parent map. */
export function keyOfList(type: Y.Array<unknown>): string | undefined {
  const { _item: item } = type;
  return item?.parentSub ?? undefined;
}
