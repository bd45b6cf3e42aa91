import type { AnnotationId, Shape } from "./schema.ts";

/** A value that can stand in `geo`, `props` or `del`; null also stands for absent. */
export type PlainValue =
  | Uint8Array
  | string
  | number
  | boolean
  | null
  | { readonly [key: string]: PlainValue };

/**
 * What was really changed: enough to take it back (take-back.ts), which gives effects again, and taking those back
 * does it once more. Structured-cloneable.
 */
export type Effect =
  | {
      readonly kind: "created";
      readonly id: AnnotationId;
      /** Packed geometry as it was written, to see later whether others have edited it. */
      readonly geometry: Uint8Array | null;
      /** Ids of the first operations. */
      readonly operations: readonly string[];
    }
  /** A creation that was taken back by the deletion flag. */
  | {
      readonly kind: "uncreated";
      readonly id: AnnotationId;
      readonly geometry: Uint8Array | null;
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
  | {
      /** Operations that count from now on, or no longer. */
      readonly kind: "painted" | "erased";
      readonly id: AnnotationId;
      readonly operations: readonly string[];
    }
  | {
      /** From polygon or box to mask, or back. `before` is the shape that is not a mask. */
      readonly kind: "converted" | "unconverted";
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
