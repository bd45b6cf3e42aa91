import sharp from "sharp";
import type { FilePart } from "./upload.ts";

/** A square of ten pixels with its corner at x, y. */
export const squareAt = (x: number, y: number): number[] => [
  x,
  y,
  x + 10,
  y,
  x + 10,
  y + 10,
  x,
  y + 10,
];

export interface CocoPart {
  readonly image: string;
  readonly class: string;
  readonly segmentation?: unknown;
  readonly bbox?: readonly number[];
}

/** A COCO file of images of 40 x 30 pixels. */
export function cocoFile(
  images: readonly string[],
  objects: readonly CocoPart[],
  name = "annotations.json",
): FilePart {
  const classes = [...new Set(objects.map((object) => object.class))];
  const file = {
    images: images.map((path, id) => ({ id, file_name: path, width: 40, height: 30 })),
    categories: classes.map((each, id) => ({ id, name: each })),
    annotations: objects.map((object, id) => ({
      id: id + 1,
      image_id: images.indexOf(object.image),
      category_id: classes.indexOf(object.class),
      segmentation: object.segmentation,
      bbox: object.bbox,
    })),
  };
  return { name, bytes: Buffer.from(JSON.stringify(file)) };
}

/** A picture of 40 x 30 pixels that no other seed gives. */
export async function pictureFile(name: string, seed: number): Promise<FilePart> {
  const background = `#${(seed * 4099).toString(16).padStart(6, "0")}`;
  const bytes = await sharp({ create: { width: 40, height: 30, channels: 3, background } })
    .png()
    .toBuffer();
  return { name, bytes };
}

/** Two objects on each of two pictures: a polygon, a box, and a mask twice. */
export const SAMPLE = cocoFile(
  ["a.png", "b/b.png"],
  [
    { image: "a.png", class: "leaf", segmentation: [squareAt(1.3, 2.7)] },
    { image: "a.png", class: "leaf", bbox: [1.25, 2, 3, 4.6] },
    { image: "b/b.png", class: "stem", segmentation: { size: [30, 40], counts: "e61jn0" } },
    { image: "b/b.png", class: "stem", segmentation: { size: [30, 40], counts: "e61jn0" } },
  ],
);

/** The pictures of SAMPLE. */
export const samplePictures = (): Promise<FilePart[]> =>
  Promise.all([pictureFile("images/a.png", 1), pictureFile("images/b/b.png", 2)]);
