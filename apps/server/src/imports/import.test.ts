import { readdir } from "node:fs/promises";
import { api, type ApiAnnotation, type Job } from "@limn/shared/api";
import { bitmaskArea, createBitmask, rleFromBitmask } from "@limn/shared/raster";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSeededRandom } from "@limn/shared/testing";
import { cocoFile, pictureFile, squareAt } from "../testing/coco-file.ts";
import {
  type Actor,
  buildTestApp,
  createOwner,
  joinProject,
  type TestApp,
} from "../testing/test-app.ts";
import { uploadPicture } from "../testing/pictures.ts";
import { endOf, exportFile, importFiles } from "../testing/transfers.ts";
import { multipartBody } from "../testing/upload.ts";
import { writeZip } from "../testing/zip.ts";
import { createImportJob, type ImportPayload } from "./import-job.ts";

let server: TestApp;
let owner: Actor;
beforeAll(async () => {
  server = await buildTestApp();
  owner = await createOwner(server.app);
});
afterAll(() => server.close());

const makeProject = async (): Promise<string> =>
  (await owner.call(api.createProject, { body: { name: "P" } })).id;

const imagesOf = async (projectId: string) =>
  (await owner.call(api.listImages, { params: { projectId }, query: {} })).items;

const classesOf = async (projectId: string) =>
  (await owner.call(api.listClasses, { params: { projectId } })).items;

/** Objects of every image by its name. */
async function objectsOf(projectId: string): Promise<Record<string, ApiAnnotation[]>> {
  const all: Record<string, ApiAnnotation[]> = {};
  for (const { id, name } of await imagesOf(projectId))
    all[name] = (await owner.call(api.listAnnotations, { params: { imageId: id } })).items;
  return all;
}

const countsOf = async (projectId: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await objectsOf(projectId)).map(([name, objects]) => [name, objects.length]),
  );

const SAMPLE = cocoFile(
  ["a.png", "b/b.png"],
  [
    { image: "a.png", class: "leaf", segmentation: [squareAt(1.3, 2.7)] },
    { image: "a.png", class: "leaf", bbox: [1.25, 2, 3, 4.6] },
    { image: "b/b.png", class: "stem", segmentation: { size: [30, 40], counts: "e61jn0" } },
    { image: "b/b.png", class: "stem", segmentation: { size: [30, 40], counts: "e61jn0" } },
  ],
);
const pictures = () =>
  Promise.all([pictureFile("images/a.png", 1), pictureFile("images/b/b.png", 2)]);

test("[IM1] a file with its pictures: images under its paths, classes in its order, objects as they are", async () => {
  const projectId = await makeProject();
  const job = await importFiles(owner, projectId, [...(await pictures()), SAMPLE]);
  expect(job).toMatchObject({
    state: "done",
    message: "Imported 4 objects on 2 images; 2 new images, 2 new classes.",
    receipt: { images: 2, objects: 4, classes: 2, warnings: [] },
  });
  const objects = await objectsOf(projectId);
  expect(objects["a.png"]).toMatchObject([
    { shape: "polygon", area: 100, rings: [squareAt(1.30078125, 2.69921875)] },
    { shape: "box", bbox: [1.25, 2, 3, 4.6015625] },
  ]);
  expect(objects["b/b.png"]).toMatchObject([
    { shape: "mask", area: 1, bbox: [7, 3, 1, 1], createdBy: owner.id },
    { shape: "mask", rle: { size: [30, 40], counts: "e61jn0" } },
  ]);
  expect((await classesOf(projectId)).map(({ name }) => name)).toEqual(["leaf", "stem"]);
});

test("[IM2] append adds everything again, merge only what is not there, replace clears the images of the file", async () => {
  const projectId = await makeProject();
  await importFiles(owner, projectId, [
    ...(await pictures()),
    await pictureFile("images/c.png", 3),
    SAMPLE,
  ]);
  const [own] = await imagesOf(projectId);
  const [leaf] = await classesOf(projectId);
  const draw = async (imageId: string): Promise<unknown> =>
    owner.call(api.createAnnotations, {
      params: { imageId },
      body: { annotations: [{ classId: leaf?.id ?? "", bbox: [0, 0, 5, 5] }] },
    });
  await draw(own?.id ?? "");
  await draw((await imagesOf(projectId)).find(({ name }) => name === "c.png")?.id ?? "");

  const merged = await importFiles(owner, projectId, [SAMPLE], { mode: "merge" });
  expect(merged.receipt).toMatchObject({
    images: 2,
    objects: 0,
    warnings: ["4 objects were there already and not added again."],
  });
  expect(await countsOf(projectId)).toEqual({ "a.png": 3, "b/b.png": 2, "c.png": 1 });

  const appended = await importFiles(owner, projectId, [SAMPLE], { mode: "append" });
  expect(appended.receipt).toMatchObject({ objects: 4, warnings: [] });
  expect(await countsOf(projectId)).toEqual({ "a.png": 5, "b/b.png": 4, "c.png": 1 });

  const replaced = await importFiles(owner, projectId, [SAMPLE], { mode: "replace" });
  expect(replaced.receipt).toMatchObject({
    objects: 4,
    warnings: ["9 objects were there before and deleted."],
  });
  expect(await countsOf(projectId)).toEqual({ "a.png": 2, "b/b.png": 2, "c.png": 1 });
});

test("[IM2] merge tells by class and geometry, and counts equal ones", async () => {
  const projectId = await makeProject();
  const one = { image: "a.png", class: "leaf", segmentation: [squareAt(1, 2)] };
  await importFiles(owner, projectId, [await pictureFile("a.png", 4), cocoFile(["a.png"], [one])]);
  const { receipt } = await importFiles(
    owner,
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
  const projectId = await makeProject();
  const files = [
    ...(await pictures()),
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
  const last = await uploadPicture(owner, await makeProject(), "last.png");
  const row = await server.parts.store.images.find(last);
  if (row === undefined) throw new Error("the picture was not stored");
  await server.parts.pictures.prepareTiles(row);
  const before = await blobs();
  const dry = await importFiles(owner, projectId, files, { dryRun: "true" });
  expect(dry.message).toBe(
    "Nothing was written. An import would add 1 object on 2 images; 2 new images, 1 new class.",
  );
  expect(await imagesOf(projectId)).toEqual([]);
  expect(await classesOf(projectId)).toEqual([]);
  expect(await blobs()).toEqual(before);

  const real = await importFiles(owner, projectId, files);
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
  const replacing = await importFiles(owner, projectId, files, { dryRun: "true", mode: "replace" });
  expect(replacing.receipt?.warnings).toContain("1 object that is there now would be deleted.");
  expect(await countsOf(projectId)).toEqual({ "a.png": 1, "b/b.png": 0 });
});

test("[IM4] one sentence for each file that cannot be used; the rest is imported", async () => {
  const projectId = await makeProject();
  const whole = SAMPLE.bytes.toString();
  const { state, receipt } = await importFiles(owner, projectId, [
    await pictureFile("a.png", 5),
    { ...SAMPLE, name: "good.json" },
    { name: "cut.json", bytes: Buffer.from(whole.slice(0, -9)) },
    { name: "other.json", bytes: Buffer.from('{"shapes": []}') },
    { name: "empty.json", bytes: Buffer.alloc(0) },
    { name: "notes.txt", bytes: Buffer.from("hello") },
    { name: "../up.json", bytes: SAMPLE.bytes },
    { name: "cut.zip", bytes: (await writeZip([SAMPLE])).subarray(0, 60) },
  ]);
  expect(state).toBe("done");
  expect(receipt).toMatchObject({ images: 1, objects: 2 });
  const reasons = Object.fromEntries(
    (receipt?.files ?? []).map(({ name, reason }) => [name, reason]),
  );
  expect(reasons).toEqual({
    "a.png": undefined,
    "good.json": undefined,
    "cut.json": "The file is cut off before its end: copy or export it again.",
    "other.json": "This is not in a format that can be read here (COCO (instances JSON)).",
    "empty.json": "The file is empty (0 bytes): check where it came from and upload it again.",
    "notes.txt": expect.stringContaining("This is not an image"),
    "../up.json":
      "The path is unsafe: it leads outside of its folder with ... Rename the file and upload it again.",
    "cut.zip": "The archive is damaged or cut off: pack and upload it again.",
  });
});

test("[IM4] nothing that can be used: a receipt that says so", async () => {
  const projectId = await makeProject();
  const job = await importFiles(owner, projectId, [
    { name: "x.json", bytes: Buffer.from("[1, 2]") },
  ]);
  expect(job).toMatchObject({
    state: "done",
    message: "Nothing was imported: no file could be used.",
    receipt: { images: 0, objects: 0, files: [{ name: "x.json", status: "refused" }] },
  });
  const chosen = await importFiles(
    owner,
    projectId,
    [{ name: "x.json", bytes: Buffer.from('{"shapes": []}') }],
    { format: "coco" },
  );
  expect(chosen.receipt?.files[0]?.reason).toBe(
    "This is not COCO (instances JSON): choose another format, or export the file again.",
  );
});

test("[IM5] a zip with what systems add and what must not be unpacked", async () => {
  const projectId = await makeProject();
  const junk = Buffer.from("junk");
  const zip = await writeZip([
    { name: "set/images/a.png", bytes: (await pictureFile("a", 6)).bytes },
    { name: "__MACOSX/set/images/._a.png", bytes: junk },
    { name: "set/.DS_Store", bytes: junk },
    { name: "set/annotations/instances_train.json", bytes: SAMPLE.bytes },
    {
      name: "set/annotations/instances_val.json",
      bytes: cocoFile(["a.png"], [{ image: "a.png", class: "leaf", bbox: [0, 0, 2, 2] }]).bytes,
    },
  ]);
  const { receipt } = await importFiles(owner, projectId, [{ name: "set.zip", bytes: zip }], {
    mode: "replace",
  });
  expect(receipt).toMatchObject({ images: 1, objects: 3 });
  expect(receipt?.files.map(({ name }) => name)).toEqual([
    "set/annotations/instances_train.json",
    "set/annotations/instances_val.json",
    "a.png",
  ]);
  expect(await countsOf(projectId)).toEqual({ "a.png": 3 });
});

test("[IM5] several archives with files of the same names", async () => {
  const projectId = await makeProject();
  const pack = async (x: number, seed: number): Promise<Buffer> =>
    writeZip([
      { name: "images/a.png", bytes: (await pictureFile("a", seed)).bytes },
      cocoFile(["a.png"], [{ image: "a.png", class: "leaf", bbox: [x, 0, 2, 2] }]),
    ]);
  const { receipt } = await importFiles(owner, projectId, [
    { name: "1.zip", bytes: await pack(1, 20) },
    { name: "2.zip", bytes: await pack(2, 20) },
  ]);
  expect(receipt).toMatchObject({ images: 1, objects: 2 });
  expect(receipt?.files.map(({ name, status }) => `${name} ${status}`)).toEqual([
    "annotations.json read",
    "annotations.json read",
    "a.png created",
    "a.png duplicate",
  ]);
  const boxes = (await objectsOf(projectId))["a.png"]?.map(({ bbox }) => bbox[0]);
  expect(boxes).toEqual([1, 2]);
});

test("[IM6] objects for pictures that are in the project: by path, by name where only one has it", async () => {
  const projectId = await makeProject();
  await importFiles(owner, projectId, [
    await pictureFile("cam1/a.png", 7),
    await pictureFile("cam2/b.png", 8),
    await pictureFile("x/c.png", 9),
    await pictureFile("y/c.png", 10),
  ]);
  const box = [1, 2, 3, 4];
  const { receipt } = await importFiles(owner, projectId, [
    cocoFile(
      ["cam1/a.png", "photos/b.png", "c.png"],
      [
        { image: "cam1/a.png", class: "t", bbox: box },
        { image: "photos/b.png", class: "t", bbox: box },
        { image: "c.png", class: "t", bbox: box },
      ],
    ),
  ]);
  expect(await countsOf(projectId)).toEqual({
    "cam1/a.png": 1,
    "cam2/b.png": 1,
    "x/c.png": 0,
    "y/c.png": 0,
  });
  expect(receipt?.warnings).toEqual([
    "Image photos/b.png: it was found by its name alone, as no folder agrees.",
    "Image c.png: several pictures could be meant, so that its objects were left out: give the path with its folders.",
  ]);
});

test("[IM6] a picture that is refused takes no objects to another one", async () => {
  const projectId = await makeProject();
  await importFiles(owner, projectId, [await pictureFile("a.png", 11)]);
  const { receipt } = await importFiles(owner, projectId, [
    await pictureFile("a.png", 12),
    cocoFile(["a.png"], [{ image: "a.png", class: "t", bbox: [1, 2, 3, 4] }]),
  ]);
  expect(receipt).toMatchObject({
    objects: 0,
    warnings: ["Image a.png: its picture was refused, so that its objects were left out."],
  });
  expect(await countsOf(projectId)).toEqual({ "a.png": 0 });
});

test("[IM6] a size that is not the picture's is said", async () => {
  const projectId = await makeProject();
  const text = SAMPLE.bytes.toString().replaceAll('"width":40', '"width":80');
  const { receipt } = await importFiles(owner, projectId, [
    await pictureFile("a.png", 13),
    { name: "a.json", bytes: Buffer.from(text) },
  ]);
  expect(receipt?.warnings[1]).toBe(
    "Image a.png: its size is 80 x 30 in the file and 40 x 30 in truth; coordinates were taken as they are.",
  );
});

test("[IM7] a class that was removed comes back, one that differs in composition is the same", async () => {
  const projectId = await makeProject();
  const [composed, decomposed] = ["é".normalize("NFC"), "é".normalize("NFD")];
  await owner.call(api.createClass, { params: { projectId }, body: { name: composed } });
  const { id } = await owner.call(api.createClass, {
    params: { projectId },
    body: { name: "old" },
  });
  await owner.call(api.deleteClass, { params: { classId: id } });
  const { receipt } = await importFiles(owner, projectId, [
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
  expect((await classesOf(projectId)).map(({ name, removed }) => [name, removed])).toEqual([
    [composed, false],
    ["old", false],
  ]);
});

test("[IM8] a job that runs again after a stop adds nothing twice, and replaces nothing of its own", async () => {
  for (const mode of ["append", "merge", "replace"] as const) {
    const projectId = await makeProject();
    const files = [...(await pictures()), SAMPLE];
    const payload: ImportPayload = {
      format: "auto",
      mode,
      dryRun: false,
      files: files.map(({ name }, i) => ({ name, key: `jobs/again-${mode}/in/${i}` })),
    };
    for (const [i, { bytes }] of files.entries())
      await server.parts.blobs.put(payload.files[i]?.key ?? "", bytes);
    const handler = createImportJob(server.parts);
    const run = (stopAt: string): ReturnType<typeof handler> => {
      const stop = new AbortController();
      return handler({
        id: `again-${mode}`,
        projectId,
        createdBy: owner.id,
        payload,
        signal: stop.signal,
        progress(_share, message) {
          if (message.includes(stopAt)) stop.abort(new Error("stopped"));
        },
      });
    };
    await expect(run("Adding objects to a.png")).rejects.toThrow("stopped");
    await expect(run("Taking in b/b.png")).rejects.toThrow("stopped");
    const { receipt } = await run("never");
    expect(receipt).toMatchObject({ objects: 4, images: 2, warnings: [] });
    expect(await countsOf(projectId)).toEqual({ "a.png": 2, "b/b.png": 2 });
  }
});

test("[IM8] the files of the request are removed with the end of the job", async () => {
  const projectId = await makeProject();
  const job = await importFiles(owner, projectId, [SAMPLE]);
  await expect.poll(() => server.parts.blobs.size(`jobs/${job.id}/in/0`)).toBeNull();
});

test("[IM8] a cancelled import ends, keeps what it has done and can be made again", async () => {
  const projectId = await makeProject();
  const files = await Promise.all(
    Array.from({ length: 30 }, (_, i) => pictureFile(`${i}.png`, 200 + i)),
  );
  const names = files.map(({ name }) => name);
  const boxes = names.map((image) => ({ image, class: "t", bbox: [1, 2, 3, 4] }));
  const all = [...files, cocoFile(names, boxes)];
  const { body } = await owner.inject({
    method: "POST",
    url: `/api/projects/${projectId}/imports`,
    ...multipartBody(all),
  });
  const { id: jobId } = JSON.parse(body) as Job;
  await owner.call(api.cancelJob, { params: { jobId } });
  expect((await endOf(owner, jobId)).state).toBe("cancelled");
  await expect.poll(() => server.parts.blobs.size(`jobs/${jobId}/in/0`)).toBeNull();
  const { receipt } = await importFiles(owner, projectId, all, { mode: "merge" });
  expect(receipt?.warnings.filter((text) => !text.includes("there already"))).toEqual([]);
  expect(new Set(Object.values(await countsOf(projectId)))).toEqual(new Set([1]));
});

test("[IM9] leads import, others do not; a request that makes no sense is refused at once", async () => {
  const projectId = await makeProject();
  const reviewer = await joinProject(server.app, owner, projectId, "reviewer");
  const send = async (
    actor: Actor,
    fields: Record<string, string>,
    files = [SAMPLE],
  ): Promise<[number, unknown]> => {
    const { statusCode, body } = await actor.inject({
      method: "POST",
      url: `/api/projects/${projectId}/imports`,
      ...multipartBody(files, fields),
    });
    return [statusCode, (JSON.parse(body) as { detail?: string }).detail];
  };
  expect((await send(reviewer, {}))[0]).toBe(403);
  expect(await send(owner, { format: "fancy" })).toEqual([
    422,
    'format: There is no format "fancy"; there is coco.',
  ]);
  expect((await send(owner, { mode: "wipe" }))[0]).toBe(400);
  expect((await send(owner, { dryRun: "perhaps" }))[0]).toBe(400);
  expect(await send(owner, {}, [])).toEqual([
    400,
    "No file was sent: put annotation files, pictures or ZIP files into the field `files`.",
  ]);
  const { items } = await owner.call(api.listJobs, { params: { projectId } });
  expect(items).toEqual([]);
});

test("[IM10] what goes out comes in: masks bit for bit, polygons and boxes as stored", async () => {
  const projectId = await makeProject();
  await importFiles(owner, projectId, [...(await pictures()), SAMPLE]);
  const { bytes } = await exportFile(owner, projectId, { format: "coco", withImages: true });
  const again = await makeProject();
  const job = await importFiles(owner, again, [{ name: "again.zip", bytes }]);
  expect(job.receipt).toMatchObject({ images: 2, objects: 4, classes: 2, warnings: [] });
  const facts = async (id: string): Promise<unknown> =>
    Object.values(await objectsOf(id)).map((objects) =>
      objects.map(({ shape, rle, rings, bbox, area }) => ({ shape, rle, rings, bbox, area })),
    );
  expect(await facts(again)).toEqual(await facts(projectId));
});

test("[IM10] a mask of noise over a large picture, too large for one operation, comes back bit for bit", async () => {
  const projectId = await makeProject();
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
  await importFiles(owner, projectId, [
    { name: "n.png", bytes: picture },
    { name: "n.json", bytes: Buffer.from(JSON.stringify(file)) },
  ]);
  const { bytes } = await exportFile(owner, projectId, { format: "coco" });
  const written = JSON.parse(bytes.toString()) as typeof file;
  expect(written.annotations[0]).toMatchObject({ area: bitmaskArea(mask), iscrowd: 0 });
  expect(written.annotations[0]?.segmentation.counts === rle.counts).toBe(true);
});
