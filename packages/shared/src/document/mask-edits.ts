/** Whole-mask edits as commands that leave a colleague's strokes of the same moment alone. */
import { type Box, boxToRing, type Ring } from "../geometry/index.ts";
import {
  type Bitmask,
  bitmaskFromTiles,
  createBitmask,
  cropBitmask,
  differenceOf,
  fillRings,
  intersectPixelBoxes,
  isEmptyPixelBox,
  moveBitmask,
  type PixelBox,
  ringsPixelBox,
} from "../raster/index.ts";
import { type Command, DocumentError } from "./commands.ts";
import type { ImageDocument } from "./image-document.ts";
import type { AnnotationId, AuthorNumber } from "./schema.ts";
import { maskOperations, regionOperations } from "./stroke.ts";

const EMPTY: Bitmask = createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });

/** The pixels of any object within the image, cropped to its bounds; an empty bitmask where it has none. */
export function annotationBitmask(document: ImageDocument, id: AnnotationId): Bitmask {
  const annotation = document.annotation(id);
  if (annotation === undefined) return EMPTY;
  if (annotation.shape === "mask") {
    const mask = document.mask(id);
    const bounds = document.bounds(id);
    return mask === undefined || bounds === undefined
      ? EMPTY
      : bitmaskFromTiles(mask, toPixelBox(bounds));
  }
  return ringsBitmask(document, shapeRings(annotation));
}

function shapeRings(shape: { rings?: readonly Ring[]; box?: Box }): readonly Ring[] {
  return shape.rings ?? (shape.box === undefined ? [] : [boxToRing(shape.box)]);
}

/** The pixels that rings cover within the image. */
export function ringsBitmask(document: ImageDocument, rings: readonly Ring[]): Bitmask {
  const box = ringsPixelBox(rings, document.size);
  return isEmptyPixelBox(box) ? EMPTY : fillRings(rings, "union", box);
}

/**
 * The commands that make a mask look like `mask` to whoever sees the document as it is now, written as the difference
 * to what is there: region remove + region add. An empty list when nothing changes. The mask is cut at the image's edge.
 */
export function replaceWithDifference(
  document: ImageDocument,
  id: AnnotationId,
  mask: Bitmask,
  author: AuthorNumber,
): Command[] {
  requireMask(document, id);
  return editCommands(id, annotationBitmask(document, id), withinImage(document, mask), author);
}

/** Moves a mask by whole pixels (rounded): what leaves the image is lost. */
export function moveMask(
  document: ImageDocument,
  id: AnnotationId,
  dx: number,
  dy: number,
  author: AuthorNumber,
): Command[] {
  requireMask(document, id);
  const before = annotationBitmask(document, id);
  const after = withinImage(document, moveBitmask(before, Math.round(dx), Math.round(dy)));
  return editCommands(id, before, after, author);
}

/** A polygon or box becomes a mask of the same pixels. Nothing for what is a mask already. */
export function convertToMask(
  document: ImageDocument,
  id: AnnotationId,
  author: AuthorNumber,
): Command[] {
  const annotation = document.annotation(id);
  if (annotation === undefined) {
    throw new DocumentError("unknown-annotation", `There is no object ${id} on this image.`, id);
  }
  if (annotation.shape === "mask") return [];
  const operations = maskOperations(author, annotationBitmask(document, id));
  return [{ kind: "convert-to-mask", id, operations }];
}

function editCommands(
  id: AnnotationId,
  before: Bitmask,
  after: Bitmask,
  author: AuthorNumber,
): Command[] {
  const operations = regionOperations(author, differenceOf(before, after));
  return operations.length === 0 ? [] : [{ kind: "append-operations", id, operations }];
}

function requireMask(document: ImageDocument, id: AnnotationId): void {
  const shape = document.annotation(id)?.shape;
  if (shape === undefined) {
    throw new DocumentError("unknown-annotation", `There is no object ${id} on this image.`, id);
  }
  if (shape !== "mask") {
    throw new DocumentError("wrong-shape", `This object is a ${shape}: make it a mask first.`, id);
  }
}

/** Cut at the image's edge: regions have no negative coordinates. */
function withinImage(document: ImageDocument, mask: Bitmask): Bitmask {
  const box = intersectPixelBoxes(
    {
      left: mask.left,
      top: mask.top,
      right: mask.left + mask.width,
      bottom: mask.top + mask.height,
    },
    { left: 0, top: 0, right: document.size.width, bottom: document.size.height },
  );
  return isEmptyPixelBox(box) ? EMPTY : cropBitmask(mask, box);
}

function toPixelBox(box: Box): PixelBox {
  return { left: box.x, top: box.y, right: box.x + box.width, bottom: box.y + box.height };
}
