/** The document as plain objects for export, API and summaries. */
import type { Ring } from "../geometry/index.ts";
import { type CocoRle, rleFromTiles } from "../raster/index.ts";
import type { ImageDocument } from "./image-document.ts";
import type { Annotation, AnnotationId, AttributeValue, Shape } from "./schema.ts";

export interface AnnotationRecord {
  readonly id: AnnotationId;
  readonly classId: string;
  readonly shape: Shape;
  /** x, y, width, height in image pixels: of a mask its pixels, of a polygon its vertices. Zeros for an empty mask. */
  readonly bbox: readonly [number, number, number, number];
  /** Pixels that it covers within the image; of a box width times height. */
  readonly area: number;
  /** Of a mask. */
  readonly rle?: CocoRle;
  /** Of a polygon; several rings are united. */
  readonly rings?: readonly Ring[];
  readonly order: number;
  readonly name?: string;
  readonly group?: string;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Objects that are not deleted, lowest first. */
export function readAnnotations(document: ImageDocument): AnnotationRecord[] {
  return document.list().map((annotation) => readAnnotation(document, annotation));
}

export function readAnnotation(document: ImageDocument, annotation: Annotation): AnnotationRecord {
  const { id, classId, shape, order, name, group, attributes, rings } = annotation;
  const bounds = document.bounds(id);
  const mask = document.mask(id);
  return {
    id,
    classId,
    shape,
    bbox: bounds === undefined ? [0, 0, 0, 0] : [bounds.x, bounds.y, bounds.width, bounds.height],
    area: document.area(id),
    ...(mask === undefined ? {} : { rle: rleFromTiles(mask) }),
    ...(shape === "polygon" && rings !== undefined ? { rings } : {}),
    order,
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { group }),
    attributes,
  };
}

export interface DocumentSummary {
  readonly objects: number;
  /** Objects of each class id, deleted classes included. */
  readonly perClass: Readonly<Record<string, number>>;
}

export function summarizeDocument(document: ImageDocument): DocumentSummary {
  const counts = new Map<string, number>();
  const list = document.list();
  for (const { classId } of list) counts.set(classId, (counts.get(classId) ?? 0) + 1);
  return { objects: list.length, perClass: Object.fromEntries(counts) };
}
