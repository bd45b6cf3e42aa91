import type { AnnotationId, Shape } from "./schema.ts";

/** A value that can stand in `geo`, `props` or `del`; null also stands for absent. */
export type PlainValue =
  | Uint8Array
  | string
  | number
  | boolean
  | null
  | { readonly [key: string]: PlainValue };

/** What a command really changed: enough to take it back and do it again. Structured-cloneable. */
export type Effect =
  | {
      readonly kind: "created";
      readonly id: AnnotationId;
      /** Packed geometry as it was written, to see later whether others have edited it. */
      readonly geometry: Uint8Array | null;
      /** Ids of the first operations. */
      readonly operations: readonly string[];
    }
  /** A field of the main properties, which are one value for Yjs but several for people. */
  | {
      readonly kind: "field";
      readonly id: AnnotationId;
      readonly field: "c" | "z";
      readonly before: string | number;
      readonly after: string | number;
    }
  | {
      readonly kind: "value";
      readonly id: AnnotationId;
      readonly root: "geo" | "props" | "del";
      readonly key: string;
      readonly before: PlainValue;
      readonly after: PlainValue;
    }
  | { readonly kind: "painted"; readonly id: AnnotationId; readonly operations: readonly string[] }
  | {
      readonly kind: "converted";
      readonly id: AnnotationId;
      readonly before: Shape;
      readonly operations: readonly string[];
    };

export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b || (isAbsent(a) && isAbsent(b))) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) return false;
  const left = Object.entries(a);
  const right = new Map<string, unknown>(Object.entries(b));
  return (
    left.length === right.size && left.every(([key, value]) => equalValues(value, right.get(key)))
  );
}

function isAbsent(value: unknown): boolean {
  return value === null || value === undefined;
}
