import { expect, test } from "vitest";
import { readText, type ReadText, sourceFile } from "../testing/index.ts";
import { coco } from "./coco.ts";

const SIZE = { width: 40, height: 30 };
const SQUARE = [5, 5, 15, 5, 15, 15, 5, 15];

const read = (text: string, pieceBytes?: number): Promise<ReadText> =>
  readText(coco, text, SIZE, pieceBytes);

const image = (id: unknown = 1, more: object = {}) => ({
  id,
  file_name: "p.png",
  ...SIZE,
  ...more,
});
const square = (more: object = {}) => ({
  id: 1,
  image_id: 1,
  category_id: 1,
  segmentation: [SQUARE],
  ...more,
});
const readParts = (parts: object): Promise<ReadText> =>
  read(
    JSON.stringify({
      images: [image()],
      categories: [{ id: 1, name: "t" }],
      annotations: [square()],
      ...parts,
    }),
  );
const readOne = (annotation: object): Promise<ReadText> =>
  readParts({ annotations: [square(annotation)] });

test("[FM10] lists may stand in any order, and the file is read in pieces", async () => {
  const text = JSON.stringify({
    annotations: [square(), square({ id: 2, segmentation: [], bbox: [1, 2, 3, 4.5] })],
    categories: [{ id: 1, name: "t" }],
    images: [image()],
  });
  const { objects, remarks } = await read(text, 11);
  expect(objects).toEqual([
    { position: 0, classIndex: 0, geometry: { kind: "polygon", rings: [SQUARE] } },
    {
      position: 1,
      classIndex: 0,
      geometry: { kind: "box", box: { x: 1, y: 2, width: 3, height: 4.5 } },
    },
  ]);
  expect(remarks).toEqual([]);
});

test("[FM11] ids are keys: texts, numbers, gaps, 0 and huge ones", async () => {
  const { objects, classes, remarks } = await readParts({
    images: [image("i"), image(0, { file_name: "q.png" })],
    categories: [
      { id: "90", name: "leaf" },
      { id: 0, name: "stem" },
      { id: 1e15, name: "fruit" },
    ],
    annotations: [
      square({ image_id: "i", category_id: 90 }),
      square({ id: "x", image_id: "0", category_id: "0" }),
      square({ id: 3, image_id: 0, category_id: 1e15 }),
    ],
  });
  expect(classes).toEqual(["leaf", "stem", "fruit"]);
  expect(objects.map(({ classIndex }) => classIndex)).toEqual([0, 1, 2]);
  expect(remarks).toEqual([]);
});

test("[FM11] equal ids: every object stays, one category or image has the id, and it is said", async () => {
  const { objects, classes, images, remarks } = await readParts({
    images: [image(), image(1, { file_name: "q.png" })],
    categories: [
      { id: 1, name: "t" },
      { id: 1, name: "u" },
      { id: 2, name: "t" },
    ],
    annotations: [square({ id: 0 }), square({ id: 0, category_id: 2 })],
  });
  expect(objects).toHaveLength(2);
  expect(objects.map(({ classIndex }) => classIndex)).toEqual([0, 0]);
  expect(classes).toEqual(["t"]);
  expect(images.map(({ path }) => path)).toEqual(["p.png", "q.png"]);
  expect(remarks).toEqual([
    "Image 1: its id occurs twice; objects are put on the first one.",
    "Category 1: its id occurs twice; objects get the first one's class.",
    'Category 2: its name "t" occurs twice; it is one class.',
    "Annotation 0: its id occurs more than once; every object is kept, and an export numbers them anew.",
  ]);
});

test("[FM12] what belongs to nothing is named and left out, the rest is read", async () => {
  const { objects, remarks } = await readParts({
    annotations: [
      square({ id: 5, image_id: 9 }),
      square({ id: 6, category_id: 8 }),
      square({ id: 7, category_id: undefined }),
      square({ id: 8, image_id: null }),
      square({ id: 9, segmentation: undefined }),
      "nonsense",
      square({ id: 11 }),
    ],
  });
  expect(objects).toHaveLength(1);
  expect(remarks).toEqual([
    "Annotations 8, at place 6: it names no image (image_id) and was left out.",
    "Annotation 5: there is no image with the id 9, so that the object was left out.",
    "Annotation 6: there is no category 8, so that the object was left out.",
    "Annotation 7: it has no category_id, so that the object was left out.",
    "Annotation 9: it has neither a segmentation nor a box, so that the object was left out.",
  ]);
});

test("[FM13] a box is a box: without, with empty and with null segmentation", async () => {
  for (const segmentation of [undefined, [], null]) {
    const { objects } = await readOne({ segmentation, bbox: ["4", 4, 10, 5] });
    expect(objects[0]?.geometry).toEqual({
      kind: "box",
      box: { x: 4, y: 4, width: 10, height: 5 },
    });
  }
});

test.each([
  [{ bbox: [1, 2, 3], segmentation: [] }, "its box is not four numbers"],
  [{ bbox: [1, 2, 0, 4], segmentation: [] }, "its box has no width or no height"],
  [{ bbox: [1, 2, "x", 4], segmentation: [] }, "its box is not four numbers"],
  [{ segmentation: [[5, 5, null, 5, 15, 15]] }, "values that are not numbers"],
  [{ segmentation: [[5, 5, 1e300, 5, 15, 15]] }, "values that are not numbers"],
  [{ segmentation: [[2, 25, 9, 25]] }, "nothing of its outline has an area"],
  [{ segmentation: [[2, 2, 9, 9, 5, 5]] }, "nothing of its outline has an area"],
  [{ segmentation: "RLE" }, "neither a list of rings nor run lengths"],
  [{ segmentation: { counts: "e61jn0" } }, "have no size"],
  [
    { segmentation: { size: [40, 30], counts: "e61jn0" } },
    "30 x 40, is not that of the picture, 40 x 30",
  ],
  [{ segmentation: { size: [30, 40], counts: [1, 2, 3] } }, "run lengths cannot be read"],
  [{ segmentation: { size: [30, 40], counts: "e61" } }, "run lengths cannot be read"],
  [{ segmentation: { size: [30, 40], counts: [5, -3, 1198] } }, "run lengths cannot be read"],
  [{ segmentation: { size: [30, 40], counts: {} } }, "neither a text nor a list of numbers"],
  [{ segmentation: { size: [30, 40], counts: [1200] } }, "its mask is empty"],
] as const)("[FM14] %j is left out in a sentence", async (annotation, part) => {
  const { objects, remarks } = await readOne({ id: 77, ...annotation });
  expect(objects).toEqual([]);
  expect(remarks.join("\n")).toContain("77");
  expect(remarks.join("\n")).toContain(part);
  expect(remarks.at(-1)).toContain("so that the object was left out.");
});

test("[FM14] NaN in a vertex is refused by name, the object beside it is read", async () => {
  const text = `{"images":[{"id":1,"file_name":"p.png","width":40,"height":30}],"categories":[{"id":1,"name":"t"}],
    "annotations":[{"id":4,"image_id":1,"category_id":1,"segmentation":[[1,NaN,5,5,9,1]]},
    {"id":5,"image_id":1,"category_id":1,"segmentation":[[1,1,5,5,9,1]]}]}`;
  const { objects, remarks } = await read(text);
  expect(objects).toHaveLength(1);
  expect(remarks).toEqual([
    "Annotation 4: its outline has values that are not numbers (NaN, Infinity, text), so that the object was left out.",
  ]);
});

test("[FM15] rings: closing and repeated points go, short parts go with a remark, pairs and flat lists are read", async () => {
  const closed = [...SQUARE, 5, 5];
  const { objects, remarks } = await readParts({
    annotations: [
      square({
        segmentation: [
          [5, 5, ...closed],
          [20, 20, 30, 28],
        ],
      }),
      square({ id: 2, segmentation: SQUARE }),
      square({
        id: 3,
        segmentation: [
          [
            [5, 5],
            [15, 5],
            [15, 15],
            [5, 15],
          ],
        ],
      }),
      square({ id: 4, segmentation: [[...SQUARE, 7]] }),
      square({ id: 5, segmentation: [SQUARE.map(String)] }),
    ],
  });
  expect(objects.map(({ geometry }) => geometry)).toEqual(
    objects.map(() => ({ kind: "polygon", rings: [SQUARE] })),
  );
  expect(objects).toHaveLength(5);
  expect(remarks).toEqual([
    "Annotation 1: a part of fewer than three points was left out.",
    "Annotation 2: its segmentation is one ring without the list around it; it was read as that.",
  ]);
});

test("[FM15] a ring that crosses itself has an area, whatever its shoelace sum says", async () => {
  const bowTie = [5, 5, 25, 25, 25, 5, 5, 25];
  const { objects, remarks } = await readOne({ segmentation: [bowTie], area: 0 });
  expect(objects[0]?.geometry).toEqual({ kind: "polygon", rings: [bowTie] });
  expect(remarks).toEqual([]);
});

test("[FM15] an outline of more points than a document takes becomes the mask of its pixels", async () => {
  const round = Array.from({ length: 40_000 }, (_, i) => {
    const angle = (i / 40_000) * 2 * Math.PI;
    return [20 + 9 * Math.cos(angle), 15 + 9 * Math.sin(angle)];
  }).flat();
  const { objects, remarks } = await readOne({ segmentation: [round] });
  expect(objects[0]?.geometry.kind).toBe("mask");
  expect(remarks[0]).toContain("more than 30000 points, so that it was kept as a mask");
});

test("[FM16] run lengths: list and text are the same mask, column by column, empty runs or not", async () => {
  const size = [30, 40];
  const { objects } = await readParts({
    annotations: [
      square({ segmentation: { size, counts: "e61jn0" } }),
      square({ id: 2, segmentation: { size, counts: [213, 1, 986] } }),
      square({ id: 3, segmentation: { size, counts: [200, 0, 13, 1, 900, 0, 86] } }),
      square({ id: 4, segmentation: { size, counts: [213, 1, 986, 0] } }),
      square({ id: 5, segmentation: { size, counts: "b'e61jn0'" } }),
    ],
  });
  const expected = { kind: "mask", rle: { size, counts: "e61jn0" } };
  expect(objects.map(({ geometry }) => geometry)).toEqual(objects.map(() => expected));
  expect(objects).toHaveLength(5);
});

test("[FM17] the crowd flag and attributes are kept, keypoints are said not to be", async () => {
  const { objects, remarks } = await readOne({
    iscrowd: 1,
    name: "the big one",
    attributes: { occluded: false, rotation: 12.5, note: "x", list: [1], __proto__: { a: 1 } },
    keypoints: [1, 2, 2],
  });
  expect(objects[0]).toMatchObject({
    name: "the big one",
    attributes: { occluded: false, rotation: 12.5, note: "x", iscrowd: true },
  });
  expect(objects[0]?.attributes).not.toHaveProperty("list");
  expect(remarks).toEqual(["Annotation 1: its keypoints are not kept."]);
});

test("[FM18] paths: backslashes, drives and what leads outside become relative paths; equal ones are one picture", async () => {
  const { images, remarks } = await readParts({
    images: [
      image(1, { file_name: "cam1\\0001.png" }),
      image(2, { file_name: "C:\\data\\x.png" }),
      image(3, { file_name: "/home/me/../y.png" }),
      image(4, { file_name: "./é.png".normalize("NFD") }),
      image(5, { file_name: "é.png".normalize("NFC") }),
      image(6, { file_name: "" }),
    ],
  });
  expect(images.map(({ path }) => path.normalize("NFC"))).toEqual([
    "cam1/0001.png",
    "data/x.png",
    "home/me/y.png",
    "é.png",
  ]);
  expect(remarks).toEqual([
    "Image é.png: it stands in the list more than once; it is one picture.",
    "Image 6: it has no file_name and was left out.",
  ]);
});

test("[FM18] images without objects and classes without objects are there", async () => {
  const { images, classes } = await readParts({
    images: [image(), image(2, { file_name: "empty.png" })],
    categories: [
      { id: 5, name: "unused" },
      { id: 1, name: "t" },
    ],
  });
  expect(images).toEqual([
    { path: "p.png", objects: 1 },
    { path: "empty.png", objects: 0 },
  ]);
  expect(classes).toEqual(["unused", "t"]);
});

test("[FM18] classes without a name are called by their id, long names are cut, numbers are names", async () => {
  const { classes, remarks } = await readParts({
    categories: [
      { id: 1 },
      { id: 2, name: "x".repeat(300) },
      { id: 3, name: 7 },
      { name: "without id" },
      "nonsense",
    ],
  });
  expect(classes).toEqual(["1", "x".repeat(200), "7", "without id"]);
  expect(remarks).toEqual([
    "Category 1: it has no name and is called by its id.",
    "Category 2: its name has more than 200 letters and was cut.",
    "Categories at place 4, at place 5: it has no id, so that nothing can be of it.",
  ]);
});

test("[FM19] a file that is broken anywhere is refused as a whole, before anything is read from it", async () => {
  const whole = JSON.stringify({ images: [image()], categories: [], annotations: [square()] });
  for (const text of [
    whole.slice(0, -20),
    whole.replace('"id":1,"image_id"', '"id":1 "image_id"'),
  ]) {
    const { refused, images } = await read(text);
    expect(images).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(/^The file is (cut off before its end|not valid JSON)/);
  }
});

test("[FM20] COCO is known by its lists, whatever stands before them; others are not taken for it", async () => {
  const found = await coco.detect([
    sourceFile(
      "a.json",
      '{"x": {"images": [1]}, "categories": [], "annotations": [], "images": [{"id": 1}]}',
    ),
    sourceFile(
      "labelme.json",
      '{"version": "5", "shapes": [{"label": "x"}], "imagePath": "x.png"}',
    ),
    sourceFile("tasks.json", '[{"id": 1, "data": {"image": "x"}, "annotations": []}]'),
    sourceFile("meta.json", '{"classes": [{"title": "x"}], "tags": []}'),
    sourceFile("broken.json", '{"images": [{"id": 1}, '),
    sourceFile("text.json", "hello"),
    sourceFile("empty.json", ""),
  ]);
  expect(found.map(({ path }) => path)).toEqual(["a.json", "broken.json"]);
});
