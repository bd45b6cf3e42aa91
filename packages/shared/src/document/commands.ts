import type { Box, Ring } from "../geometry/index.ts";
import type { AnnotationId, AttributeValue, Prompt, Shape } from "./schema.ts";

/**
 * Everything that can be done to a document, as plain data (structured-cloneable): what tools make, history turns
 * round, HTTP and jobs send through `rooms.edit`. Coordinates are image pixels.
 */
export type Command =
  | {
      readonly kind: "create";
      readonly id: AnnotationId;
      readonly shape: Shape;
      readonly classId: string;
      /** Above everything when left out. */
      readonly order?: number;
      /** Needed for a polygon: one or more rings of at least three points. */
      readonly rings?: readonly Ring[];
      /** Needed for a box. */
      readonly box?: Box;
      /** Of a mask: its first operations. */
      readonly operations?: readonly Uint8Array[];
      readonly name?: string;
      readonly group?: string;
      readonly attributes?: Readonly<Record<string, AttributeValue>>;
      readonly prompts?: readonly { readonly id: string; readonly prompt: Prompt }[];
    }
  | {
      readonly kind: "set-geometry";
      readonly id: AnnotationId;
      readonly rings?: readonly Ring[];
      readonly box?: Box;
    }
  | { readonly kind: "set-class"; readonly id: AnnotationId; readonly classId: string }
  | { readonly kind: "set-order"; readonly id: AnnotationId; readonly order: number }
  | { readonly kind: "set-name"; readonly id: AnnotationId; readonly name: string | null }
  | { readonly kind: "set-group"; readonly id: AnnotationId; readonly group: string | null }
  | {
      readonly kind: "set-attribute";
      readonly id: AnnotationId;
      readonly key: string;
      readonly value: AttributeValue | null;
    }
  /** `at`: milliseconds since 1970, where a clock is at hand. */
  | { readonly kind: "delete"; readonly id: AnnotationId; readonly at?: number }
  | { readonly kind: "restore"; readonly id: AnnotationId }
  | {
      readonly kind: "append-operations";
      readonly id: AnnotationId;
      readonly operations: readonly Uint8Array[];
    }
  /** A polygon or box becomes a mask; the operations are its pixels (see convertToMask). */
  | {
      readonly kind: "convert-to-mask";
      readonly id: AnnotationId;
      readonly operations: readonly Uint8Array[];
    }
  | {
      readonly kind: "set-prompt";
      readonly id: AnnotationId;
      readonly promptId: string;
      readonly prompt: Prompt | null;
    };

export type DocumentErrorCode =
  | "unknown-annotation"
  | "annotation-exists"
  | "wrong-shape"
  | "bad-id"
  | "bad-geometry"
  | "bad-operation"
  | "bad-value"
  | "too-large"
  | "newer-version";

/** A command that cannot be done. The message is one sentence for people; nothing was changed. */
export class DocumentError extends Error {
  readonly code: DocumentErrorCode;
  /** The annotation that it is about, where there is one. */
  readonly annotationId: AnnotationId | undefined;
  constructor(code: DocumentErrorCode, message: string, annotationId?: AnnotationId) {
    super(message);
    this.name = "DocumentError";
    this.code = code;
    this.annotationId = annotationId;
  }
}
