import type { AnnotationId, StoredPrompt } from "@limn/shared/document";
import type { Box, ImagePoint, Ring } from "@limn/shared/geometry";

/** One of several: `index` from 0. */
export interface CandidatePlace {
  readonly index: number;
  readonly count: number;
}

/** What the tool in hand shows before anything is stored, in image pixels. */
export interface Preview {
  readonly box?: Box;
  readonly marquee?: Box;
  readonly polygon?: {
    readonly points: Ring;
    readonly cursor?: ImagePoint;
    /** The cursor is where a click closes the ring. */
    readonly closing: boolean;
    readonly mode: "new" | "add" | "cut";
  };
  /** Geometry of an object while it is dragged. */
  readonly shape?: { readonly id: AnnotationId; readonly rings: readonly Ring[] };
  /** Outline of objects that are being moved. */
  readonly move?: {
    readonly ids: readonly AnnotationId[];
    readonly dx: number;
    readonly dy: number;
  };
  readonly brush?: { readonly at: ImagePoint; readonly radius: number; readonly erase: boolean };
  readonly prompts?: readonly StoredPrompt[];
  /** Which of the masks is seen that the network gave for the prompts; absent: it gave one. */
  readonly candidate?: CandidatePlace;
  /** Prompt under the pointer. */
  readonly hotPrompt?: string;
  /** The network is at work on this place. */
  readonly busy?: ImagePoint;
  /** Vertex or edge under the pointer of the selected polygon. */
  readonly hotVertex?: { readonly ring: number; readonly index: number; readonly insert: boolean };
}

export const NO_PREVIEW: Preview = Object.freeze({});

const isSameBox = (a: Box | undefined, b: Box | undefined): boolean =>
  a === b ||
  (a !== undefined &&
    b !== undefined &&
    a.x === b.x &&
    a.y === b.y &&
    a.width === b.width &&
    a.height === b.height);

/** Nothing would be drawn otherwise; lists count by identity. */
export function isSamePreview(a: Preview, b: Preview): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]) as Set<keyof Preview>;
  return [...keys].every((key) => (key === "box" ? isSameBox(a.box, b.box) : a[key] === b[key]));
}
