/** What kind of content may stand where: sizes and types, not their meaning, which readers judge for themselves. */
import * as Y from "yjs";
import type { Place } from "./admission-places.ts";

const MAX_BINARY_BYTES = 256 * 1024;
const MAX_PLAIN_SIZE = 8 * 1024;
const MAX_PLAIN_DEPTH = 4;

/** A list of operations, or whatever other container somebody tries to place. */
export function isList(content: Y.Item["content"]): content is Y.ContentType {
  return content instanceof Y.ContentType;
}

/** Why the content may not stand there; undefined when it may. */
export function contentFault(content: Y.Item["content"], place: Place): string | undefined {
  // Overwritten before it was sent: only its place in the order is left. Beside a list, even that would delete the list.
  if (content instanceof Y.ContentDeleted && (place.inList || place.root !== "ops")) {
    return undefined;
  }
  if (place.inList) {
    if (!(content instanceof Y.ContentBinary)) return "something that is not a mask operation";
    return sizeFault(content);
  }
  if (place.root === "ops") {
    const isArray = isList(content) && content.type instanceof Y.Array;
    return isArray ? undefined : "something that is not a list of operations";
  }
  if (content instanceof Y.ContentBinary) {
    return place.root === "del" ? "bytes where a time is expected" : sizeFault(content);
  }
  if (content instanceof Y.ContentAny) {
    if (content.arr.length !== 1) return "several values under one key";
    if (place.root === "geo" && !isAbsent(content.arr[0])) return "geometry that is not bytes";
    return remainingSize(content.arr[0], MAX_PLAIN_DEPTH, MAX_PLAIN_SIZE) < 0
      ? "a value that is too large or too deep"
      : undefined;
  }
  return "a kind of content that has no place here";
}

function sizeFault(content: Y.ContentBinary): string | undefined {
  return content.content.length > MAX_BINARY_BYTES ? "more than 256 KiB in one value" : undefined;
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}

/** What is left of `budget` after the value; negative when it is too large, too deep, or not plain. */
function remainingSize(value: unknown, depth: number, budget: number): number {
  if (isAbsent(value) || typeof value === "boolean") return budget - 1;
  if (typeof value === "number") return budget - 8;
  if (typeof value === "string" || value instanceof Uint8Array) return budget - value.length;
  if (typeof value !== "object" || value === null || depth === 0) return -1;
  let left = budget;
  for (const [key, inner] of Object.entries(value)) {
    left = remainingSize(inner, depth - 1, left - key.length);
    if (left < 0) return -1;
  }
  return left;
}
