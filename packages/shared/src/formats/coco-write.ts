/** Writing COCO instances JSON, in pieces: a hundred thousand objects never stand in one text. */
import type { Ring } from "../geometry/index.ts";
import {
  CROWD_ATTRIBUTE,
  type ExportDataset,
  type ExportImage,
  type ExportObject,
  type TargetFile,
} from "./format.ts";
import type { Remarks } from "./remarks.ts";

export const COCO_PATH = "annotations/instances_default.json";

export function writeCoco(dataset: ExportDataset, remarks: Remarks): TargetFile[] {
  return [
    {
      path: COCO_PATH,
      mediaType: "application/json",
      content: () => writeInstances(dataset, remarks),
    },
  ];
}

async function* writeInstances(dataset: ExportDataset, remarks: Remarks): AsyncGenerator<string> {
  const { name, date, images } = dataset;
  const info = {
    description: name,
    url: "",
    version: "1.0",
    year: Number(date.slice(0, 4)),
    contributor: "",
    date_created: date,
  };
  // Readers insist on `licenses`, and images refer to one by its number.
  yield `{"info":${JSON.stringify(info)},\n"licenses":[{"id":0,"name":"","url":""}],\n"images":[\n`;
  yield* joinLines(images, (image, i) => JSON.stringify(imageEntry(image, i + 1)));
  yield `\n],\n"annotations":[\n`;
  let id = 0;
  for (const [i, image] of images.entries()) {
    const lines: string[] = [];
    for (const object of await image.readObjects()) {
      const entry = annotationEntry(object, id + 1, i + 1);
      if (entry === null) {
        remarks.about(
          "Image",
          image.path,
          "it has objects without any pixel, which cannot be written.",
        );
        continue;
      }
      lines.push(`${id === 0 ? "" : ",\n"}${JSON.stringify(entry)}`);
      id++;
    }
    if (lines.length > 0) yield lines.join("");
  }
  // After the objects, when all classes are known.
  const categories = dataset.classes.map((each, i) =>
    JSON.stringify({ id: i + 1, name: each, supercategory: "" }),
  );
  yield `\n],\n"categories":[\n${categories.join(",\n")}\n]}\n`;
}

/** A thousand lines at a time. */
function* joinLines<T>(
  items: readonly T[],
  line: (item: T, index: number) => string,
): Generator<string> {
  for (let from = 0; from < items.length; from += 1000) {
    const lines = items.slice(from, from + 1000).map((item, i) => line(item, from + i));
    yield `${from === 0 ? "" : ",\n"}${lines.join(",\n")}`;
  }
}

function imageEntry({ path, width, height }: ExportImage, id: number) {
  return {
    id,
    width,
    height,
    file_name: path,
    license: 0,
    flickr_url: "",
    coco_url: "",
    date_captured: "",
  };
}

/** Null for what has no pixel: pycocotools stumbles over it. */
function annotationEntry(object: ExportObject, id: number, imageId: number) {
  const { geometry, classIndex, bbox, area, attributes = {}, name } = object;
  if (geometry.kind === "mask" && area === 0) return null;
  const { [CROWD_ATTRIBUTE]: crowd, ...others } = attributes;
  return {
    id,
    image_id: imageId,
    category_id: classIndex + 1,
    segmentation:
      geometry.kind === "mask"
        ? geometry.rle
        : geometry.kind === "polygon"
          ? geometry.rings.map(roundRing)
          : [],
    area: round(area),
    bbox: bbox.map(round),
    iscrowd: crowd === true ? 1 : 0,
    ...(Object.keys(others).length === 0 ? {} : { attributes: others }),
    ...(name === undefined ? {} : { name }),
  };
}

function roundRing(ring: Ring): number[] {
  return ring.map(round);
}

/** Finer than the 1/256 px that documents keep, so that a vertex comes back as it was. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
