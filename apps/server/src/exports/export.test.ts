import { api, type Job } from "@limn/shared/api";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cocoFile, pictureFile, squareAt } from "../testing/coco-file.ts";
import { type Actor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { endOf, exportFile, importFiles } from "../testing/transfers.ts";
import { uploadFiles } from "../testing/upload.ts";
import { readZip } from "../testing/zip.ts";

let server: TestProject;
let owner: Actor;
let projectId: string;
beforeAll(async () => {
  server = await buildTestProject();
  ({ owner } = server);
  projectId = await server.makeProject('Nüsse / 2026: "a"');
  await importFiles(owner, projectId, [
    await pictureFile("b/ä 10.png", 1),
    await pictureFile("a.png", 2),
    await pictureFile("b/ä 2.png", 3),
    cocoFile(
      ["a.png", "b/ä 10.png"],
      [
        { image: "a.png", class: "leaf", segmentation: [squareAt(1.3, 2.7)] },
        { image: "a.png", class: "stem", bbox: [1, 2, 3, 4] },
        { image: "b/ä 10.png", class: "leaf", segmentation: { size: [30, 40], counts: "e61jn0" } },
      ],
    ),
  ]);
});
afterAll(() => server.close());

interface Written {
  readonly images: readonly { id: number; file_name: string }[];
  readonly annotations: readonly {
    id: number;
    image_id: number;
    category_id: number;
    bbox: number[];
  }[];
  readonly categories: readonly { id: number; name: string }[];
}

async function write(
  filter: NonNullable<Parameters<typeof exportFile>[2]>["filter"],
  id = projectId,
): Promise<{ job: Job; file: Written }> {
  const { job, bytes } = await exportFile(owner, id, { format: "coco", ...(filter && { filter }) });
  return { job, file: JSON.parse(bytes.toString()) as Written };
}

const classId = async (name: string): Promise<string> =>
  (await owner.call(api.listClasses, { params: { projectId } })).items.find(
    (each) => each.name === name,
  )?.id ?? "";

const imageId = async (name: string, id = projectId): Promise<string> =>
  (await owner.call(api.listImages, { params: { projectId: id }, query: {} })).items.find(
    (image) => image.name === name,
  )?.id ?? "";

test("[EX1] one file without pictures; images in the order of people, ids from 1", async () => {
  const { job, file } = await write(undefined);
  expect(job).toMatchObject({
    message: "Exported 3 objects of 3 images.",
    file: "Nüsse _ 2026_ _a_ coco.json",
    receipt: { images: 3, objects: 3, classes: 2, warnings: [] },
  });
  expect(file.images.map(({ id, file_name }) => [id, file_name])).toEqual([
    [1, "a.png"],
    [2, "b/ä 2.png"],
    [3, "b/ä 10.png"],
  ]);
  expect(file.annotations.map((each) => [each.id, each.image_id, each.category_id])).toEqual([
    [1, 1, 1],
    [2, 1, 2],
    [3, 3, 1],
  ]);
});

test("[EX2] a zip with the original pictures, under their paths", async () => {
  const { job, bytes } = await exportFile(owner, projectId, { format: "coco", withImages: true });
  const files = await readZip(bytes);
  expect(job.file).toBe("Nüsse _ 2026_ _a_ coco.zip");
  expect([...files.keys()]).toEqual([
    "annotations/instances_default.json",
    "images/a.png",
    "images/b/ä 2.png",
    "images/b/ä 10.png",
  ]);
  expect(files.get("images/a.png")).toEqual((await pictureFile("a.png", 2)).bytes);
});

test("[EX2] a path that leads outside never gets into an archive, wherever it came from", async () => {
  const id = await server.makeProject("Slip");
  await uploadFiles(owner, id, [await pictureFile("x.png", 4), await pictureFile("y.png", 5)]);
  await server.parts.store.db
    .updateTable("image")
    .set({ name: "../../x.png" })
    .where("id", "=", await imageId("x.png", id))
    .execute();
  const { job, bytes } = await exportFile(owner, id, { format: "coco", withImages: true });
  expect([...(await readZip(bytes)).keys()]).toEqual([
    "annotations/instances_default.json",
    "images/y.png",
  ]);
  expect(job.receipt?.warnings[0]).toMatch(/^Image \.\.\/\.\.\/x\.png: its picture was left out\./);
});

test("[EX2] pictures that programs must turn are named", async () => {
  const id = await server.makeProject("Turned");
  const turned = await sharp({ create: { width: 20, height: 10, channels: 3, background: "red" } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  await uploadFiles(owner, id, [{ name: "t.jpg", bytes: turned }, await pictureFile("u.png", 6)]);
  const { job, bytes } = await exportFile(owner, id, { format: "coco", withImages: true });
  expect((await readZip(bytes)).get("images/t.jpg")).toEqual(turned);
  expect(job.receipt?.warnings).toEqual([
    "Image t.jpg: its file is to be turned when shown (EXIF orientation); coordinates refer to the upright picture.",
  ]);
});

test("[EX3] filters: images, state, and a class, whose absence makes no image go", async () => {
  const [a, ten] = [await imageId("a.png"), await imageId("b/ä 10.png")];
  const some = await write({ images: [ten, a] });
  expect(some.file.images.map(({ file_name }) => file_name)).toEqual(["a.png", "b/ä 10.png"]);
  const unknown = { format: "coco", filter: { images: [a, "gone"] } };
  await expect(
    owner.call(api.createExport, { params: { projectId }, body: unknown }),
  ).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringMatching(/"gone"/) as string,
  });

  await server.parts.summarizer.flush();
  const begun = await write({ state: "in-progress" });
  expect(begun.file.images.map(({ file_name }) => file_name)).toEqual(["a.png", "b/ä 10.png"]);

  const stems = await write({ class: await classId("stem") });
  expect(stems.file.images).toHaveLength(3);
  expect(stems.file.categories).toMatchObject([{ id: 1, name: "stem" }]);
  expect(stems.file.annotations).toMatchObject([{ category_id: 1, bbox: [1, 2, 3, 4] }]);

  const refused = owner.refusal(api.createExport, {
    params: { projectId },
    body: { format: "coco", filter: { class: "nobody" } },
  });
  expect(await refused).toBe("unknown-class");
});

test("[EX4] objects of a removed class go out under its old name, with a remark", async () => {
  const id = await classId("stem");
  await owner.call(api.deleteClass, { params: { classId: id } });
  const { job, file } = await write(undefined);
  expect(file.categories.map(({ name }) => name)).toEqual(["leaf", "stem"]);
  expect(file.annotations).toHaveLength(3);
  expect(job.receipt?.warnings).toEqual([
    'The class "stem" was removed; its objects are exported under this name.',
  ]);
  await owner.call(api.patchClass, { params: { classId: id }, body: { removed: false } });
});

test("[EX4] a removed class without objects is not there; an object of an unknown class is", async () => {
  const id = await server.makeProject("Soft");
  await uploadFiles(owner, id, [await pictureFile("x.png", 7)]);
  const { id: gone } = await owner.call(api.createClass, {
    params: { projectId: id },
    body: { name: "gone" },
  });
  await owner.call(api.deleteClass, { params: { classId: gone } });
  await server.parts.rooms.edit(await imageId("x.png", id), { userId: owner.id }, [
    {
      kind: "create",
      id: "o1",
      shape: "box",
      classId: "nobody",
      box: { x: 1, y: 1, width: 2, height: 2 },
    },
  ]);
  const { job, file } = await write(undefined, id);
  expect(file.categories).toMatchObject([{ id: 1, name: "nobody" }]);
  expect(file.annotations).toHaveLength(1);
  expect(job.receipt?.warnings).toHaveLength(1);
});

test("[EX5] an edit that was answered is in an export that is asked for after it", async () => {
  const id = await imageId("b/ä 2.png");
  for (let i = 0; i < 5; i++) {
    await server.parts.rooms.edit(id, { userId: owner.id }, ({ document }) => [
      document.annotation("late") === undefined
        ? {
            kind: "create",
            id: "late",
            shape: "box",
            classId: "x",
            box: { x: i, y: 1, width: 2, height: 2 },
          }
        : { kind: "set-geometry", id: "late", box: { x: i, y: 1, width: 2, height: 2 } },
    ]);
    const { file } = await write({ images: [id] });
    expect(file.annotations.map(({ bbox }) => bbox)).toEqual([[i, 1, 2, 2]]);
  }
  await server.parts.rooms.edit(id, { userId: owner.id }, [{ kind: "delete", id: "late" }]);
  expect((await write({ images: [id] })).file.annotations).toEqual([]);
});

test("[EX6] members export, strangers do not; what makes no sense is refused at once", async () => {
  const viewer = await joinProject(server.app, owner, projectId, "viewer");
  const call = { params: { projectId }, body: { format: "coco" } };
  const { id } = await viewer.call(api.createExport, call);
  expect((await endOf(viewer, id)).state).toBe("done");
  const stranger = await joinProject(server.app, owner, await server.makeProject("Other"), "lead");
  expect(await stranger.refusal(api.createExport, call)).toBe("forbidden");
  expect(await stranger.refusal(api.jobFile, { params: { jobId: id } })).toBe("forbidden");
  const fancy = owner.refusal(api.createExport, { ...call, body: { format: "fancy" } });
  expect(await fancy).toBe("unprocessable");
  const { items } = await owner.call(api.listFormats, {});
  expect(items).toMatchObject([{ id: "coco", read: true, write: true }]);
});

test("[EX7] a cancelled export leaves no file, one whose picture is missing says which", async () => {
  const id = await server.makeProject("Half");
  const files = await Promise.all(
    Array.from({ length: 40 }, (_, i) => pictureFile(`${i}.png`, 100 + i)),
  );
  await uploadFiles(owner, id, files);
  const start = async (): Promise<string> =>
    (
      await owner.call(api.createExport, {
        params: { projectId: id },
        body: { format: "coco", withImages: true },
      })
    ).id;
  const first = await start();
  await owner.call(api.cancelJob, { params: { jobId: first } });
  expect((await endOf(owner, first)).state).toBe("cancelled");
  expect(await owner.refusal(api.jobFile, { params: { jobId: first } })).toBe("conflict");
  expect(await server.parts.blobs.size(`jobs/${first}/file`)).toBeNull();

  const row = await server.parts.store.images.find(await imageId("7.png", id));
  await server.parts.pictures.purge(row?.sha256 ?? "");
  const job = await endOf(owner, await start());
  expect(job).toMatchObject({
    state: "failed",
    message: "The picture of 7.png is missing on the server: tell whoever runs it.",
  });
});

test("[EX8] an empty project gives a file that readers take", async () => {
  const { job, file } = await write(undefined, await server.makeProject("Empty"));
  expect(job.message).toBe("Exported 0 objects of 0 images.");
  expect(file).toMatchObject({ images: [], annotations: [], categories: [] });
});
