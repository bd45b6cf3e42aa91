import type { AnnotationRecord } from "@limn/shared/document";
import type { ExportDataset, ExportImage, ExportObject, Remarks } from "@limn/shared/formats";
import type { Documents } from "../documents/documents.ts";
import type { ClassRow, ImageRow } from "../store/index.ts";

/** Documents that are folded ahead while one is written. */
const AHEAD = 2;

interface Request {
  readonly name: string;
  readonly date: string;
  readonly images: readonly ImageRow[];
  /** In order, removed ones last. */
  readonly classes: readonly ClassRow[];
  /** Only objects of this class, and no other class in the list. */
  readonly classId: string | null;
  readonly remarks: Remarks;
  readonly signal: AbortSignal;
  /** Told after each image. */
  readonly onImage: (image: ImageRow, objects: number) => void;
}

/**
 * What an export writes: every document as it is on disk when its turn comes. Removed classes follow at the end, under
 * the name that they had, as soon as an object of theirs is met.
 */
export function openExportDataset(
  documents: Documents,
  { name, date, images, classes, classId, remarks, signal, onImage }: Request,
): ExportDataset {
  const wanted = (id: string): boolean => classId === null || id === classId;
  const names: string[] = [];
  const indices = new Map<string, number>();
  const known = new Map(classes.map((row) => [row.id, row]));
  const indexOf = (id: string): number => {
    const index = indices.get(id) ?? addClass(id);
    indices.set(id, index);
    return index;
  };
  function addClass(id: string): number {
    const row = known.get(id);
    if (row === undefined)
      remarks.add(
        `There are objects of a class that the project does not have; it is called "${id}".`,
      );
    else if (row.removedAt !== null)
      remarks.add(`The class "${row.name}" was removed; its objects are exported under this name.`);
    return names.push(row?.name ?? id) - 1;
  }
  for (const { id, removedAt } of classes) if (removedAt === null && wanted(id)) indexOf(id);

  const waiting = new Map<number, Promise<readonly AnnotationRecord[]>>();
  function fetch(index: number): Promise<readonly AnnotationRecord[]> {
    const image = images[index];
    if (image === undefined) return Promise.resolve([]);
    const begun = waiting.get(index);
    if (begun !== undefined) return begun;
    const records = documents.readAnnotations(image, { signal });
    // Looked at when its turn comes; until then a failure is nobody's.
    records.catch(() => {});
    waiting.set(index, records);
    return records;
  }

  function toObject(record: AnnotationRecord): ExportObject | null {
    const geometry = geometryOf(record);
    if (geometry === null) return null;
    const classIndex = indexOf(record.classId);
    const { area, bbox, name: objectName, attributes } = record;
    return {
      classIndex,
      geometry,
      area,
      bbox,
      attributes,
      ...(objectName === undefined ? {} : { name: objectName }),
    };
  }

  async function readObjects(image: ImageRow, index: number): Promise<ExportObject[]> {
    signal.throwIfAborted();
    const records = fetch(index);
    for (let ahead = 1; ahead <= AHEAD; ahead++) void fetch(index + ahead);
    const objects: ExportObject[] = [];
    for (const record of await records) {
      if (!wanted(record.classId)) continue;
      const object = toObject(record);
      if (object !== null) objects.push(object);
    }
    waiting.delete(index);
    onImage(image, objects.length);
    return objects;
  }

  return {
    name,
    date,
    classes: names,
    images: images.map((image, index): ExportImage => {
      const { name: path, width, height } = image;
      return { path, width, height, readObjects: () => readObjects(image, index) };
    }),
  };
}

function geometryOf(record: AnnotationRecord): ExportObject["geometry"] | null {
  const { shape, rle, rings, bbox } = record;
  if (shape === "mask") return rle === undefined ? null : { kind: "mask", rle };
  if (shape === "polygon") return rings === undefined ? null : { kind: "polygon", rings };
  const [x, y, width, height] = bbox;
  return { kind: "box", box: { x, y, width, height } };
}
