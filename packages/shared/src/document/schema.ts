import type { Box, Point, Ring } from "../geometry/index.ts";

/** Version of the document's layout, kept in `meta.v` by the server (docs/spec/document.md, D1). */
export const META_VERSION = 1;

/** 1 to 64 of A-Z a-z 0-9 _ -, made by whoever creates the annotation (12 random bytes as base64url). */
export type AnnotationId = string;
export type Shape = "mask" | "polygon" | "box";
export type AttributeValue = string | number | boolean;

/** What was given to the network, in image pixels; prompts stay with the object so that anybody can go on. */
export type Prompt =
  | { readonly kind: "box"; readonly box: Box }
  | { readonly kind: "in" | "out"; readonly point: Point }
  | { readonly kind: "scribble-in" | "scribble-out"; readonly points: Ring };

export type StoredPrompt = Prompt & { readonly id: string };

/** One object on the image, as it is now. Frozen; the same object until something about it changes. */
export interface Annotation {
  readonly id: AnnotationId;
  readonly shape: Shape;
  /** May name a class that is gone: classes are soft. */
  readonly classId: string;
  /** Higher lies on top; equal orders are sorted by id. */
  readonly order: number;
  readonly name?: string;
  readonly group?: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly deleted: boolean;
  /** Of a polygon; also of a mask that was one. Several rings are united. */
  readonly rings?: readonly Ring[];
  /** Of a box; also of a mask that was one. */
  readonly box?: Box;
  readonly prompts: readonly StoredPrompt[];
  /** Length of the list of operations, undone ones and undo itself included. */
  readonly operationCount: number;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

export function isAnnotationId(value: unknown): value is AnnotationId {
  return typeof value === "string" && ID.test(value);
}

/** Who writes: 48 random bits for each page load or job, and a counter that never repeats. */
export interface AuthorNumber {
  readonly author: number;
  nextCounter(): number;
}

/** `random` gives numbers in 0..1, as Math.random does. */
export function createAuthorNumber(random: () => number): AuthorNumber {
  const author = Math.floor(random() * 2 ** 24) * 2 ** 24 + Math.floor(random() * 2 ** 24);
  let counter = 0;
  return { author, nextCounter: () => ++counter };
}
