import { createHash } from "node:crypto";
import type { AnnotationRecord } from "@limn/shared/document";
import type { SourceObject } from "@limn/shared/formats";
import type { NewAnnotation } from "../documents/document-calls.ts";

/** The same for the same object of the same job, so that a job that runs again adds nothing twice. */
export function objectId(jobId: string, datasetNumber: number, position: number): string {
  return createHash("sha256")
    .update(JSON.stringify([jobId, datasetNumber, position]))
    .digest("base64url")
    .slice(0, 16);
}

export function toAnnotation(object: SourceObject, id: string, classId: string): NewAnnotation {
  const { geometry, name, attributes } = object;
  const common = {
    id,
    classId,
    ...(name === undefined ? {} : { name }),
    ...(attributes === undefined ? {} : { attributes }),
  };
  if (geometry.kind === "mask")
    return { ...common, rle: { size: [...geometry.rle.size], counts: geometry.rle.counts } };
  if (geometry.kind === "polygon") return { ...common, rings: geometry.rings };
  const { x, y, width, height } = geometry.box;
  return { ...common, bbox: [x, y, width, height] };
}

/** Objects that are not on the image yet: of the same class, with the same geometry. Equal ones are told apart by number. */
export function withoutKnown(
  annotations: readonly NewAnnotation[],
  known: readonly AnnotationRecord[],
): NewAnnotation[] {
  const mine = new Set(annotations.map(({ id }) => id));
  const left = new Map<string, number>();
  for (const record of known) {
    // What an interrupted run of the same job wrote is not "there already".
    if (mine.has(record.id)) continue;
    const key = signature(record.classId, {
      ...(record.rle === undefined ? {} : { rle: record.rle }),
      ...(record.rings === undefined ? {} : { rings: record.rings }),
      ...(record.shape === "box" ? { bbox: record.bbox } : {}),
    });
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return annotations.filter((annotation) => {
    const key = signature(annotation.classId, annotation);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
}

interface Geometry {
  readonly rle?: { readonly counts: string } | undefined;
  readonly rings?: readonly (readonly number[])[] | undefined;
  readonly bbox?: readonly number[] | undefined;
}

/** Documents keep 1/256 px. */
function signature(classId: string, { rle, rings, bbox }: Geometry): string {
  const stored = (value: number): number => Math.round(value * 256);
  return JSON.stringify([
    classId,
    rle?.counts ?? rings?.map((ring) => ring.map(stored)) ?? bbox?.map(stored),
  ]);
}
