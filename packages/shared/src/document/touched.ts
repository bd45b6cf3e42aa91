import * as Y from "yjs";
import { parsePropertyKey } from "./properties.ts";
import { keyOfList, rootsOf } from "./roots.ts";
import type { AnnotationId } from "./schema.ts";

/**
 * The annotations that a transaction wrote to, whether or not what it wrote is seen in the end: for the record of who
 * edited what. Needs no opened ImageDocument; the roots must have been there before the transaction (any read of
 * `documentVersion` makes them).
 */
export function touchedAnnotations(transaction: Y.Transaction): AnnotationId[] {
  const roots = rootsOf(transaction.doc);
  const touched = new Set<AnnotationId>();
  // Yjs types the keys of this map as types with any events, which no Y.Map is.
  const changedTypes = transaction.changed as ReadonlyMap<object, ReadonlySet<string | null>>;
  for (const [type, keys] of changedTypes) {
    if (type === roots.props) {
      for (const key of keys) {
        const id = key === null ? undefined : parsePropertyKey(key)?.id;
        if (id !== undefined) touched.add(id);
      }
    } else if (type === roots.geo || type === roots.del || type === roots.ops) {
      for (const key of keys) if (key !== null) touched.add(key);
    } else if (type instanceof Y.Array && type.parent === roots.ops) {
      const key = keyOfList(type);
      if (key !== undefined) touched.add(key);
    }
  }
  return [...touched];
}
