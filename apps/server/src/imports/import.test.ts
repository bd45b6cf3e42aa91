import { readdir } from "node:fs/promises";
import { api } from "@limn/shared/api";
import { bitmaskArea, createBitmask, rleFromBitmask } from "@limn/shared/raster";
import { createSeededRandom } from "@limn/shared/testing";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cocoFile, pictureFile, SAMPLE, samplePictures, squareAt } from "../testing/coco-file.ts";
import { uploadPicture } from "../testing/pictures.ts";
import { classesOf, countsOf, imagesOf, objectsOf } from "../testing/project-contents.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { exportFile, importFiles } from "../testing/transfers.ts";

let server: TestProject;
beforeAll(async () => {
  server = await buildTestProject();
});
afterAll(() => server.close());

test("[IM1] a file with its pictures: images under its paths, classes in its order, objects as they are", async () => {
  const projectId = await server.makeProject();
  const job = await importFiles(server.owner, projectId, [...(await samplePictures()), SAMPLE]);
  expect(job).toMatchObject({
    state: "done",
    message: "Imported 4 objects on 2 images; 2 new images, 2 new classes.",
    receipt: { images: 2, objects: 4, classes: 2, warnings: [] },
  });
  const objects = await objectsOf(server.owner, projectId);
  expect(objects["a.png"]).toMatchObject([
    { shape: "polygon", area: 100, rings: [squareAt(1.30078125, 2.69921875)] },
    { shape: "box", bbox: [1.25, 2, 3, 4.6015625] },
  ]);
  expect(objects["b/b.png"]).toMatchObject([
    { shape: "mask", area: 1, bbox: [7, 3, 1, 1], createdBy: server.owner.id },
    { shape: "mask", rle: { size: [30, 40], counts: "e61jn0" } },
  ]);
  expect((await classesOf(server.owner, projectId)).map(({ name }) => name)).toEqual([
    "leaf",
    "stem",
  ]);
});

test("[IM2] append adds everything again, merge only what is not there, replace clears the images of the file", async () => {
  const projectId = await server.makeProject();
  await importFiles(server.owner, projectId, [
    ...(await samplePictures()),
    await pictureFile("images/c.png", 3),
    SAMPLE,
  ]);
  const [own] = await imagesOf(server.owner, projectId);
  const [leaf] = await classesOf(server.owner, projectId);
  const draw = async (imageId: string): Promise<unknown> =>
    server.owner.call(api.createAnnotations, {
      params: { imageId },
      body: { annotations: [{ classId: leaf?.id ?? "", bbox: [0, 0, 5, 5] }] },
    });
  await draw(own?.id ?? "");
  await draw(
    (await imagesOf(server.owner, projectId)).find(({ name }) => name === "c.png")?.id ?? "",
  );

  const merged = await importFiles(server.owner, projectId, [SAMPLE], { mode: "merge" });
  expect(merged.receipt).toMatchObject({
    images: 2,
    objects: 0,
    warnings: ["4 objects were there already and not added again."],
  });
  expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 3, "b/b.png": 2, "c.png": 1 });

  const appended = await importFiles(server.owner, projectId, [SAMPLE], { mode: "append" });
  expect(appended.receipt).toMatchObject({ objects: 4, warnings: [] });
  expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 5, "b/b.png": 4, "c.png": 1 });

  const replaced = await importFiles(server.owner, projectId, [SAMPLE], { mode: "replace" });
  expect(replaced.receipt).toMatchObject({
    objects: 4,
    warnings: ["9 objects were there before and deleted."],
  });
  expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 2, "b/b.png": 2, "c.png": 1 });
});

test("[IM2] merge tells by class and geometry, and counts equal ones", async () => {
  const projectId = await server.makeProject();
  const one = { image: "a.png", class: "leaf", segmentation: [squareAt(1, 2)] };
  await importFiles(server.owner, projectId, [
    await pictureFile("a.png", 4),
    cocoFile(["a.png"], [one]),
  ]);
  const { receipt } = await importFiles(
    server.owner,
    projectId,
    [
      cocoFile(
        ["a.png"],
        [one, one, { ...one, class: "stem" }, { ...one, segmentation: [squareAt(1, 3)] }],
      ),
    ],
    { mode: "merge" },
  );
  expect(receipt).toMatchObject({
    objects: 3,
    warnings: ["1 object was there already and not added again."],
  });
});

test("[IM3] a dry run gives the receipt of the import and writes nothing", async () => {
  const projectId = await server.makeProject();
  const files = [
    ...(await samplePictures()),
    { name: "broken.png", bytes: Buffer.from("\x89PNG\r\n\x1a\nrest") },
    cocoFile(
      ["a.png", "b/b.png", "gone.png"],
      [
        { image: "a.png", class: "leaf", segmentation: [squareAt(1, 2)] },
        { image: "a.png", class: "leaf", segmentation: { size: [31, 40], counts: "x" } },
        { image: "gone.png", class: "leaf", bbox: [1, 2, 3, 4] },
      ],
    ),
  ];
  const blobs = async (): Promise<string[]> =>
    (await readdir(`${server.dataDir}/blobs`, { recursive: true }))
      .filter((path) => /^(originals|derived)/.test(path))
      .toSorted();
  // Tiles are made ahead, one picture after another: once these are there, those of earlier tests are.
  const last = await uploadPicture(server.owner, await server.makeProject(), "last.png");
  const row = await server.parts.store.images.find(last);
  if (row === undefined) throw new Error("the picture was not stored");
  await server.parts.pictures.prepareTiles(row);
  const before = await blobs();
  const dry = await importFiles(server.owner, projectId, files, { dryRun: "true" });
  expect(dry.message).toBe(
    "Nothing was written. An import would add 1 object on 2 images; 2 new images, 1 new class.",
  );
  expect(await imagesOf(server.owner, projectId)).toEqual([]);
  expect(await classesOf(server.owner, projectId)).toEqual([]);
  expect(await blobs()).toEqual(before);

  const real = await importFiles(server.owner, projectId, files);
  expect(real.receipt).toEqual(dry.receipt);
  expect(real.receipt).toMatchObject({
    images: 2,
    objects: 1,
    warnings: [
      "Image gone.png: there is no such picture in the project or among the files, so that its objects were left out.",
      "Annotation 2: the size of its mask, 40 x 31, is not that of the picture, 40 x 30, so that the object was left out.",
    ],
  });
  expect(real.receipt?.files.map(({ name, status }) => [name, status])).toEqual([
    ["broken.png", "refused"],
    ["annotations.json", "read"],
    ["a.png", "created"],
    ["b/b.png", "created"],
  ]);
  const replacing = await importFiles(server.owner, projectId, files, {
    dryRun: "true",
    mode: "replace",
  });
  expect(replacing.receipt?.warnings).toContain("1 object that is there now would be deleted.");
  expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 1, "b/b.png": 0 });
});

test("[IM7] a class that was removed comes back, one that differs in composition is the same", async () => {
  const projectId = await server.makeProject();
  const [composed, decomposed] = ["é".normalize("NFC"), "é".normalize("NFD")];
  await server.owner.call(api.createClass, { params: { projectId }, body: { name: composed } });
  const { id } = await server.owner.call(api.createClass, {
    params: { projectId },
    body: { name: "old" },
  });
  await server.owner.call(api.deleteClass, { params: { classId: id } });
  const { receipt } = await importFiles(server.owner, projectId, [
    await pictureFile("a.png", 14),
    cocoFile(
      ["a.png"],
      [
        { image: "a.png", class: decomposed, bbox: [1, 2, 3, 4] },
        { image: "a.png", class: "old", bbox: [1, 2, 3, 4] },
      ],
    ),
  ]);
  expect(receipt?.warnings).toEqual([
    'The class "old" had been removed; the import brings it back.',
  ]);
  expect(
    (await classesOf(server.owner, projectId)).map(({ name, removed }) => [name, removed]),
  ).toEqual([
    [composed, false],
    ["old", false],
  ]);
});

test("[IM10] what goes out comes in: masks bit for bit, polygons and boxes as stored", async () => {
  const projectId = await server.makeProject();
  await importFiles(server.owner, projectId, [...(await samplePictures()), SAMPLE]);
  const { bytes } = await exportFile(server.owner, projectId, { format: "coco", withImages: true });
  const again = await server.makeProject();
  const job = await importFiles(server.owner, again, [{ name: "again.zip", bytes }]);
  expect(job.receipt).toMatchObject({ images: 2, objects: 4, classes: 2, warnings: [] });
  const facts = async (id: string): Promise<unknown> =>
    Object.values(await objectsOf(server.owner, id)).map((objects) =>
      objects.map(({ shape, rle, rings, bbox, area }) => ({ shape, rle, rings, bbox, area })),
    );
  expect(await facts(again)).toEqual(await facts(projectId));
});

test("[IM10] a mask of noise over a large picture, too large for one operation, comes back bit for bit", async () => {
  const projectId = await server.makeProject();
  const size = { width: 2000, height: 1500 };
  const seed = 5;
  console.info(`seed ${seed}`);
  const random = createSeededRandom(seed);
  const mask = createBitmask({ left: 0, top: 0, right: size.width, bottom: size.height });
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = random.chance(0.4) ? 1 : 0;
  const rle = rleFromBitmask(mask, size);
  const picture = await sharp({ create: { ...size, channels: 3, background: "#345" } })
    .png()
    .toBuffer();
  const file = {
    images: [{ id: 1, file_name: "n.png", ...size }],
    categories: [{ id: 1, name: "noise" }],
    annotations: [{ id: 1, image_id: 1, category_id: 1, segmentation: rle }],
  };
  await importFiles(server.owner, projectId, [
    { name: "n.png", bytes: picture },
    { name: "n.json", bytes: Buffer.from(JSON.stringify(file)) },
  ]);
  const { bytes } = await exportFile(server.owner, projectId, { format: "coco" });
  const written = JSON.parse(bytes.toString()) as typeof file;
  expect(written.annotations[0]).toMatchObject({ area: bitmaskArea(mask), iscrowd: 0 });
  expect(written.annotations[0]?.segmentation.counts === rle.counts).toBe(true);
});
