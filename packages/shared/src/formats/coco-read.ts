/** Reading COCO instances JSON as it is found in the wild; design notes in docs/spec/formats.md. */
import {
  type AttributeValue,
  CROWD_ATTRIBUTE,
  type FileVerdict,
  type ReadOutcome,
  type SourceDataset,
  type SourceFile,
  type SourceObject,
} from "./format.ts";
import { readCocoGeometry } from "./coco-geometry.ts";
import { createCategoryTable, createImageTable, idKey, isRecord } from "./coco-tables.ts";
import { type JsonMember, JsonFileError, parseJson, readJsonMembers } from "./json-members.ts";
import type { ImageSize } from "../raster/index.ts";
import type { Remarks } from "./remarks.ts";

/** Where an annotation stands in its file. */
interface Place {
  readonly position: number;
  readonly start: number;
  readonly end: number;
}

/** A look at the keys: images, or annotations with categories. */
export async function looksLikeCoco(file: SourceFile): Promise<boolean> {
  const keys = new Set<string>();
  const isCoco = (): boolean =>
    keys.has("images") || (keys.has("annotations") && keys.has("categories"));
  try {
    await readJsonMembers(file.stream(), ({ key, index, bytes }) => {
      // A list of something else than objects is another program's.
      if (index === 0 && bytes[0] === 0x7b) keys.add(key);
      return !isCoco();
    });
    return isCoco();
  } catch (error) {
    if (!(error instanceof JsonFileError)) throw error;
    // Begun as COCO and broken later: to be read, and refused with its sentence.
    return isCoco() || keys.has("annotations") || keys.has("categories");
  }
}

export async function readCocoFiles(
  files: readonly SourceFile[],
  remarks: Remarks,
): Promise<ReadOutcome> {
  const datasets: SourceDataset[] = [];
  const verdicts: FileVerdict[] = [];
  for (const file of files) {
    try {
      datasets.push(await readCocoFile(file, remarks, files.length > 1 ? file.path : ""));
      verdicts.push({ path: file.path, status: "read" });
    } catch (error) {
      if (!(error instanceof JsonFileError)) throw error;
      verdicts.push({
        path: file.path,
        status: "refused",
        reason: `The file ${error.message}`,
      });
    }
  }
  return { datasets, files: verdicts };
}

async function readCocoFile(
  file: SourceFile,
  remarks: Remarks,
  where: string,
): Promise<SourceDataset> {
  const categories = createCategoryTable(remarks, where);
  const images = createImageTable(remarks, where);
  /** By image id, as images may come after annotations. */
  const places = new Map<string, Place[]>();
  const ids = new Set<string>();
  const homeless: string[] = [];

  const visitors: Record<string, (entry: unknown, member: JsonMember, index: number) => void> = {
    images: (entry, _member, index) => images.add(entry, index),
    categories: (entry, _member, index) => categories.add(entry, index),
    annotations(entry, { start, end }, position) {
      const record = isRecord(entry) ? entry : {};
      const id = idKey(record["id"]);
      if (id !== null && ids.has(id))
        remarks.about(
          "Annotation",
          id,
          "its id occurs more than once; every object is kept, and an export numbers them anew.",
          where,
        );
      if (id !== null) ids.add(id);
      const imageId = idKey(record["image_id"]);
      if (imageId === null) homeless.push(id ?? placeName(position));
      else push(places, imageId, { position, start, end });
    },
  };
  await readJsonMembers(file.stream(), (member) => {
    if (member.index === null) return;
    visitors[member.key]?.(parseJson(member.bytes), member, member.index);
  });

  for (const id of homeless)
    remarks.about("Annotation", id, "it names no image (image_id) and was left out.", where);
  const byImage = new Map<number, Place[]>();
  for (const [imageId, those] of places) {
    const index = images.find(imageId);
    if (index === undefined) await remarkStrays(file, imageId, those, remarks, where);
    else push(byImage, index, ...those);
  }

  return {
    name: file.path,
    classes: categories.classes,
    images: images.images.map(({ path, size }, index) => ({
      path,
      size,
      objects: byImage.get(index)?.length ?? 0,
    })),
    async readObjects(index, size) {
      const objects: SourceObject[] = [];
      await readEntries(file, byImage.get(index) ?? [], (entry, { position }) => {
        const object = readObject(entry, position, size);
        if (object !== null) objects.push(object);
      });
      return objects;
    },
  };

  function readObject(
    entry: Record<string, unknown>,
    position: number,
    size: ImageSize,
  ): SourceObject | null {
    const id = idKey(entry["id"]) ?? placeName(position);
    const say = (text: string): void => remarks.about("Annotation", id, text, where);
    const category = idKey(entry["category_id"]);
    const classIndex = category === null ? undefined : categories.find(category);
    if (classIndex === undefined) {
      say(
        category === null
          ? "it has no category_id, so that the object was left out."
          : `there is no category ${category}, so that the object was left out.`,
      );
      return null;
    }
    const { geometry, remarks: found } = readCocoGeometry(
      entry["segmentation"],
      entry["bbox"],
      size,
    );
    for (const text of found) say(text);
    if (geometry === null) return null;
    if (Array.isArray(entry["keypoints"])) say("its keypoints are not kept.");
    const attributes = readAttributes(entry);
    const { name } = entry;
    return {
      position,
      classIndex,
      geometry,
      ...(typeof name === "string" && name !== "" && name.length <= LONGEST_NAME ? { name } : {}),
      ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    };
  }
}

/** Of an annotation without an id. */
function placeName(position: number): string {
  return `at place ${position + 1}`;
}

/** Objects of images that are not in the list, by their ids; those are not kept in memory. */
async function remarkStrays(
  file: SourceFile,
  imageId: string,
  places: readonly Place[],
  remarks: Remarks,
  where: string,
): Promise<void> {
  await readEntries(file, places, (entry, { position }) => {
    remarks.about(
      "Annotation",
      idKey(entry["id"]) ?? placeName(position),
      `there is no image with the id ${imageId}, so that the object was left out.`,
      where,
    );
  });
}

/** Neighbours in the file are read together; what lies between them is read too if it is this short. */
const GAP_BYTES = 16_384;
const READ_BYTES = 4 * 2 ** 20;

/** Objects as they stand in the file again, in its order; what is not an object is an empty one. */
async function readEntries(
  file: SourceFile,
  places: readonly Place[],
  visit: (entry: Record<string, unknown>, place: Place) => void,
): Promise<void> {
  for (let from = 0; from < places.length;) {
    const start = places[from]?.start ?? 0;
    let end = places[from]?.end ?? 0;
    let to = from + 1;
    for (; to < places.length; to++) {
      const next = places[to];
      if (next === undefined || next.start - end > GAP_BYTES || next.end - start > READ_BYTES)
        break;
      end = next.end;
    }
    const bytes = await file.read(start, end);
    for (const place of places.slice(from, to)) {
      const entry = parseJson(bytes.subarray(place.start - start, place.end - start));
      visit(isRecord(entry) ? entry : {}, place);
    }
    from = to;
  }
}

const LONGEST_NAME = 200;
const LONGEST_KEY = 100;
const LONGEST_TEXT = 2000;

/** The crowd flag, and what writers such as CVAT put into `attributes`, as far as a document can keep it. */
function readAttributes(entry: Record<string, unknown>): Record<string, AttributeValue> {
  const kept: Record<string, AttributeValue> = {};
  const given = entry["attributes"];
  for (const [key, value] of Object.entries(isRecord(given) ? given : {})) {
    if (key === "" || key.length > LONGEST_KEY || key === CROWD_ATTRIBUTE || key === "__proto__")
      continue;
    if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)))
      kept[key] = value;
    else if (typeof value === "string" && value.length <= LONGEST_TEXT) kept[key] = value;
  }
  const crowd = entry["iscrowd"];
  if (crowd === 1 || crowd === true || crowd === "1") kept[CROWD_ATTRIBUTE] = true;
  return kept;
}

function push<K, V>(map: Map<K, V[]>, key: K, ...values: readonly V[]): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [...values]);
  else for (const value of values) list.push(value);
}
