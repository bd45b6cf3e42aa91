import { afterAll, beforeAll, expect, test } from "vitest";
import { cocoFile, pictureFile, SAMPLE } from "../testing/coco-file.ts";
import { countsOf, objectsOf } from "../testing/project-contents.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { importFiles } from "../testing/transfers.ts";
import { writeZip } from "../testing/zip.ts";

let server: TestProject;
beforeAll(async () => {
  server = await buildTestProject();
});
afterAll(() => server.close());

test("[IM4] one sentence for each file that cannot be used; the rest is imported", async () => {
  const projectId = await server.makeProject();
  const whole = SAMPLE.bytes.toString();
  const { state, receipt } = await importFiles(server.owner, projectId, [
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
  const projectId = await server.makeProject();
  const job = await importFiles(server.owner, projectId, [
    { name: "x.json", bytes: Buffer.from("[1, 2]") },
  ]);
  expect(job).toMatchObject({
    state: "done",
    message: "Nothing was imported: no file could be used.",
    receipt: { images: 0, objects: 0, files: [{ name: "x.json", status: "refused" }] },
  });
  const chosen = await importFiles(
    server.owner,
    projectId,
    [{ name: "x.json", bytes: Buffer.from('{"shapes": []}') }],
    { format: "coco" },
  );
  expect(chosen.receipt?.files[0]?.reason).toBe(
    "This is not COCO (instances JSON): choose another format, or export the file again.",
  );
});

test("[IM5] a zip with what systems add and what must not be unpacked", async () => {
  const projectId = await server.makeProject();
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
  const { receipt } = await importFiles(
    server.owner,
    projectId,
    [{ name: "set.zip", bytes: zip }],
    {
      mode: "replace",
    },
  );
  expect(receipt).toMatchObject({ images: 1, objects: 3 });
  expect(receipt?.files.map(({ name }) => name)).toEqual([
    "set/annotations/instances_train.json",
    "set/annotations/instances_val.json",
    "a.png",
  ]);
  expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 3 });
});

test("[IM5] several archives with files of the same names", async () => {
  const projectId = await server.makeProject();
  const pack = async (x: number, seed: number): Promise<Buffer> =>
    writeZip([
      { name: "images/a.png", bytes: (await pictureFile("a", seed)).bytes },
      cocoFile(["a.png"], [{ image: "a.png", class: "leaf", bbox: [x, 0, 2, 2] }]),
    ]);
  const { receipt } = await importFiles(server.owner, projectId, [
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
  const boxes = (await objectsOf(server.owner, projectId))["a.png"]?.map(({ bbox }) => bbox[0]);
  expect(boxes).toEqual([1, 2]);
});

test("[IM6] objects for pictures that are in the project: by path, by name where only one has it", async () => {
  const projectId = await server.makeProject();
  await importFiles(server.owner, projectId, [
    await pictureFile("cam1/a.png", 7),
    await pictureFile("cam2/b.png", 8),
    await pictureFile("x/c.png", 9),
    await pictureFile("y/c.png", 10),
  ]);
  const box = [1, 2, 3, 4];
  const { receipt } = await importFiles(server.owner, projectId, [
    cocoFile(
      ["cam1/a.png", "photos/b.png", "c.png"],
      [
        { image: "cam1/a.png", class: "t", bbox: box },
        { image: "photos/b.png", class: "t", bbox: box },
        { image: "c.png", class: "t", bbox: box },
      ],
    ),
  ]);
  expect(await countsOf(server.owner, projectId)).toEqual({
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
  const projectId = await server.makeProject();
  await importFiles(server.owner, projectId, [await pictureFile("a.png", 11)]);
  const { receipt } = await importFiles(server.owner, projectId, [
    await pictureFile("a.png", 12),
    cocoFile(["a.png"], [{ image: "a.png", class: "t", bbox: [1, 2, 3, 4] }]),
  ]);
  expect(receipt).toMatchObject({
    objects: 0,
    warnings: ["Image a.png: its picture was refused, so that its objects were left out."],
  });
  expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 0 });
});

test("[IM6] a size that is not the picture's is said", async () => {
  const projectId = await server.makeProject();
  const text = SAMPLE.bytes.toString().replaceAll('"width":40', '"width":80');
  const { receipt } = await importFiles(server.owner, projectId, [
    await pictureFile("a.png", 13),
    { name: "a.json", bytes: Buffer.from(text) },
  ]);
  expect(receipt?.warnings[1]).toBe(
    "Image a.png: its size is 80 x 30 in the file and 40 x 30 in truth; coordinates were taken as they are.",
  );
});
