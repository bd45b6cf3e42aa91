import type {
  AnnotationId,
  AuthorNumber,
  Command,
  Draft,
  ImageDocument,
} from "@limn/shared/document";
import type { Box, ImagePoint, ScreenPoint } from "@limn/shared/geometry";
import type { Bitmask, TileMask } from "@limn/shared/raster";
import type { Preview } from "../state/preview.ts";
import type { ReadableStore, Store } from "../../state/store.ts";

/** A pointer event in image pixels; `samples` are the positions since the last event, this one last. */
export interface ToolEvent {
  readonly point: ImagePoint;
  readonly screen: ScreenPoint;
  /** 0 left (also pen and touch), 2 right. */
  readonly button: number;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
  readonly pressure: number;
  readonly samples: readonly ImagePoint[];
}

/** Keys that mean something to a tool under way; everything else is a shortcut of the workspace. */
export type ToolKey = "finish" | "escape" | "back" | "next";

/** What a tool does next: another state, or undefined to stay. */
export type Next = ToolState | undefined;

/**
 * One moment of a tool, closed over its own data. A handler returns the next state, or undefined to stay. When the tool
 * is left (another tool, another image) `leave` runs; what it has stored stays stored.
 */
export interface ToolState {
  readonly name: string;
  readonly down?: (event: ToolEvent) => Next;
  readonly move?: (event: ToolEvent) => Next;
  readonly up?: (event: ToolEvent) => Next;
  /** Returns "unused" when the key means nothing here. */
  readonly key?: (key: ToolKey) => Next | "unused";
  /** Takes back the last thing inside an unfinished shape; "unused" when there is nothing to take back. */
  readonly undo?: () => Next | "unused";
  readonly leave?: () => void;
}

/** An action that ends as one step of undo, however many commits it takes. */
export interface Gesture {
  perform(commands: readonly Command[]): void;
  end(): void;
  /** Takes back what was committed already. */
  cancel(): void;
}

export interface SegmentRequest {
  readonly box?: Box;
  readonly clicks: readonly { readonly x: number; readonly y: number; readonly inside: boolean }[];
  /** What is there now, as its user sees it. */
  readonly mask?: Bitmask;
  /** Only the part of the mask near the last click may change. */
  readonly protect: boolean;
}

export interface SegmentAnswer {
  readonly mask: Bitmask;
  readonly score: number;
  /** What else it may be, best first; nothing once the next question was asked. */
  others(): Promise<readonly { readonly mask: Bitmask }[]>;
}

/** What a tool may use; it never sees React, pixi, the socket or the network. */
export interface ToolContext {
  readonly document: ImageDocument;
  readonly author: AuthorNumber;
  /** CSS pixels per image pixel now. */
  scale(): number;
  newId(): AnnotationId;
  /** Class for new objects; undefined when the project has none. */
  classId(): string | undefined;
  readonly selection: Store<readonly AnnotationId[]>;
  readonly hover: Store<AnnotationId | undefined>;
  readonly preview: Store<Preview>;
  readonly brush: ReadableStore<{ readonly radius: number }>;
  isHidden(id: AnnotationId): boolean;
  isLocked(id: AnnotationId): boolean;
  /** One gesture at once. */
  perform(label: string, commands: readonly Command[]): boolean;
  /** A gesture in several commits; undefined when drawing is not allowed here now. */
  begin(label: string): Gesture | undefined;
  undo(): void;
  /** Label of the step that undo would take back. */
  undoLabel(): string | undefined;
  /** Shows these pixels instead of the document's. */
  previewMask(id: AnnotationId, mask: TileMask, tiles: readonly number[]): void;
  /** Undefined when a later request took its place. Throws with a sentence. */
  segment(request: SegmentRequest): Promise<SegmentAnswer | undefined>;
  cancelSegment(): void;
  /** One sentence at the edge of the picture. */
  notify(sentence: string): void;
  /** What the others see of an unfinished shape or stroke; undefined: nothing. */
  showDraft(draft: Draft | undefined): void;
  showStroke(
    stroke:
      | {
          readonly annotation: AnnotationId;
          readonly mode: "add" | "remove";
          readonly radius: number;
          readonly points: readonly number[];
        }
      | undefined,
  ): void;
}

export type ToolId = "select" | "smart" | "brush" | "eraser" | "polygon" | "box" | "pan";

/** A tool is one file and one line in the list: toolbar, keys, cheat sheet and cursor read it. */
export interface Tool {
  readonly id: ToolId;
  readonly label: string;
  /** Physical key (KeyboardEvent.code) and what is printed on it. */
  readonly code: string;
  readonly printed: string;
  readonly cursor: string;
  /** What to do with it, one line for the bar above the picture. */
  readonly hint: string;
  /** Needs the right to draw. */
  readonly writes: boolean;
  start(ctx: ToolContext): ToolState;
}

/** A drag starts after this many CSS pixels. */
export const DRAG_PX = 4;
/** How near to a vertex, an edge or a dot counts as on it, in CSS pixels. */
export const HIT_PX = 8;

export function screenDistance(a: ScreenPoint, b: ScreenPoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** The classes of a project are empty until a lead adds one: an object needs one. */
export function requireClass(ctx: ToolContext): string | undefined {
  const classId = ctx.classId();
  if (classId === undefined)
    ctx.notify("This project has no classes yet: add one in the list on the right, then draw.");
  return classId;
}

/** The one selected object, when exactly one is and it may be changed. */
export function editableSelection(ctx: ToolContext): AnnotationId | undefined {
  const [id, ...rest] = ctx.selection.get();
  if (id === undefined || rest.length > 0) return undefined;
  const annotation = ctx.document.annotation(id);
  if (!annotation || annotation.deleted) return undefined;
  if (ctx.isLocked(id)) {
    ctx.notify("This object is locked: unlock it in the list to change it.");
    return undefined;
  }
  return id;
}
