import { api } from "@limn/shared/api";
import { compressRuns } from "@limn/shared/raster";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { uploadPicture } from "../testing/pictures.ts";
import { type Actor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";

let server: TestProject;
let owner: Actor;
let projectId: string;
let imageId: string;
let classId: string;
beforeAll(async () => {
  server = await buildTestProject();
  ({ owner } = server);
});
afterAll(() => server.close());
beforeEach(async () => {
  projectId = await server.makeProject();
  imageId = await uploadPicture(owner, projectId, "a.png", 40, 30);
  const made = await owner.call(api.createClass, {
    params: { projectId },
    body: { name: "dog", color: "#ff0000" },
  });
  classId = made.id;
});
const params = () => ({ imageId });
const ring = [5, 5, 15, 5, 15, 10, 5, 10];

test("[SA1] polygon, box and mask come back as they went in, with who made them", async () => {
  const polygon = { id: "poly-0001", classId, rings: [ring], name: "one" };
  const box = {
    id: "boxx-0001",
    classId,
    bbox: [1.5, 2, 10, 20] as [number, number, number, number],
  };
  const made = await owner.call(api.createAnnotations, {
    params: params(),
    body: { annotations: [polygon, box] },
  });
  expect(made.items).toMatchObject([
    {
      id: "poly-0001",
      shape: "polygon",
      classId,
      bbox: [5, 5, 10, 5],
      area: 50,
      rings: [ring],
      name: "one",
      createdBy: owner.id,
      updatedBy: owner.id,
    },
    { id: "boxx-0001", shape: "box", bbox: [1.5, 2, 10, 20], area: 200 },
  ]);
  expect(made.items[0]?.createdAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  const listed = await owner.call(api.listAnnotations, { params: params() });
  expect(listed.items).toEqual(made.items);
});

test("[SA1] a mask goes in and out bit for bit", async () => {
  // Columns 3 to 5, rows 10 to 19: 3 * 30 + 10 = 100 clear pixels first.
  const counts = [100, 10, 20, 10, 20, 10, 30 * 40 - 170];
  const rle = { size: [30, 40] as [number, number], counts: compressRuns(counts) };
  const { items } = await owner.call(api.createAnnotations, {
    params: params(),
    body: { annotations: [{ classId, rle }] },
  });
  expect(items).toMatchObject([{ shape: "mask", rle, area: 30, bbox: [3, 10, 3, 10] }]);
});

test("[SA2] the same request again adds nothing", async () => {
  const body = { annotations: [{ id: "same-0001", classId, rings: [ring] }] };
  await owner.call(api.createAnnotations, { params: params(), body });
  const again = await owner.call(api.createAnnotations, { params: params(), body });
  expect(again.items).toHaveLength(1);
  expect((await owner.call(api.listAnnotations, { params: params() })).items).toHaveLength(1);
});

test.each([
  [
    "an unknown class",
    { classId: "nope", rings: [ring] },
    422,
    "unknown-class",
    /no class with the id "nope"/,
  ],
  [
    "two geometries",
    { rings: [ring], bbox: [0, 0, 1, 1] },
    400,
    "invalid-request",
    /exactly one of rle, rings and bbox/,
  ],
  [
    "a mask of another size",
    { rle: { size: [40, 30], counts: "P[1" } },
    422,
    "unprocessable",
    /size is \[40, 30\], the image is \[30, 40\]/,
  ],
  [
    "a broken mask",
    { rle: { size: [30, 40], counts: "!!" } },
    422,
    "unprocessable",
    /annotations\.0/,
  ],
  [
    "an empty mask",
    { rle: { size: [30, 40], counts: compressRuns([1200]) } },
    422,
    "unprocessable",
    /annotations\.0: The mask is empty/,
  ],
  [
    "a ring of odd length",
    { rings: [[0, 0, 1, 1, 2, 2, 3]] },
    422,
    "unprocessable",
    /at least three points/,
  ],
  ["a box without area", { bbox: [0, 0, 0, 5] }, 422, "unprocessable", /above 0/],
  [
    "an id with spaces",
    { id: "has spaces", bbox: [0, 0, 1, 1] },
    400,
    "invalid-request",
    /8 to 32 letters/,
  ],
])(
  "[SA3] %s is refused in a sentence and adds nothing",
  async (_name, bad, status, code, detail) => {
    const response = await owner.inject({
      method: "POST",
      url: `/api/images/${imageId}/annotations`,
      payload: {
        annotations: [
          { classId, ...bad },
          { classId, bbox: [0, 0, 1, 1] },
        ],
      },
    });
    const problem = response.json<{ code: string; detail: string }>();
    expect([response.statusCode, problem.code]).toEqual([status, code]);
    expect(problem.detail).toMatch(detail);
    expect((await owner.call(api.listAnnotations, { params: params() })).items).toEqual([]);
  },
);

test("[SA4] a viewer reads and cannot write; a labeler of another project sees nothing", async () => {
  const viewer = await joinProject(server.app, owner, projectId, "viewer");
  const other = await owner.call(api.createProject, { body: { name: "Q" } });
  const stranger = await joinProject(server.app, owner, other.id, "labeler");
  const body = { annotations: [{ classId, rings: [ring] }] };
  expect(await viewer.refusal(api.createAnnotations, { params: params(), body })).toBe("forbidden");
  expect((await viewer.call(api.listAnnotations, { params: params() })).items).toEqual([]);
  expect(await stranger.refusal(api.listAnnotations, { params: params() })).toBe("forbidden");
});

test("[SA5] a removed class takes no new objects, its old ones stay, and restoring gives it back", async () => {
  const body = { annotations: [{ classId, rings: [ring] }] };
  await owner.call(api.createAnnotations, { params: params(), body });
  await owner.call(api.deleteClass, { params: { classId } });
  expect(await owner.refusal(api.createAnnotations, { params: params(), body })).toBe(
    "unknown-class",
  );
  expect((await owner.call(api.listAnnotations, { params: params() })).items).toHaveLength(1);
  await owner.call(api.patchClass, { params: { classId }, body: { removed: false } });
  await owner.call(api.createAnnotations, { params: params(), body });
});

test("[SS1] lists follow the document: state, counts, overlay, without opening it", async () => {
  const image = () => owner.call(api.getImage, { params: params() });
  expect(await image()).toMatchObject({ state: "todo", objects: 0, perClass: {}, overlay: null });
  await owner.call(api.createAnnotations, {
    params: params(),
    body: {
      annotations: [
        { classId, rings: [ring] },
        { classId, bbox: [20, 5, 10, 10] },
      ],
    },
  });
  await server.parts.summarizer.flush();
  const folded = await image();
  expect(folded).toMatchObject({ state: "in-progress", objects: 2, perClass: { [classId]: 2 } });
  const { items } = await owner.call(api.listImages, {
    params: { projectId },
    query: { class: classId },
  });
  expect(items).toEqual([folded]);
  expect((await owner.call(api.listClasses, { params: { projectId } })).items).toMatchObject([
    { id: classId, objects: 2 },
  ]);
  expect(await owner.call(api.getProject, { params: { projectId } })).toMatchObject({
    objects: 2,
    states: { "in-progress": 1, todo: 0 },
  });

  const overlay = (v: string) =>
    owner.inject({ method: "GET", url: `/api/images/${imageId}/overlay?v=${v}` });
  const drawn = await overlay(folded.overlay ?? "");
  expect(drawn.headers["content-type"]).toBe("image/png");
  const { data, info } = await sharp(drawn.rawPayload).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([40, 30, 4]);
  const pixel = (x: number, y: number) => [
    ...data.subarray((y * 40 + x) * 4, (y * 40 + x) * 4 + 4),
  ];
  expect(pixel(10, 7).slice(0, 3)).toEqual([255, 0, 0]);
  expect(pixel(10, 7)[3]).toBeGreaterThan(100);
  expect(pixel(1, 1)).toEqual([0, 0, 0, 0]);

  await owner.call(api.patchClass, { params: { classId }, body: { color: "#0000ff" } });
  await server.parts.summarizer.flush();
  const recoloured = await image();
  expect(recoloured.overlay).not.toBe(folded.overlay);
  expect((await overlay(recoloured.overlay ?? "")).statusCode).toBe(200);
});

test("[SA1] what lies wholly outside the image is refused in a sentence; what reaches into it is not", async () => {
  const post = (annotation: { bbox?: [number, number, number, number]; rings?: number[][] }) =>
    owner.call(api.createAnnotations, {
      params: params(),
      body: { annotations: [{ classId, ...annotation }] },
    });
  const refusal = {
    code: "unprocessable",
    message: "annotations.0: It lies outside the image, which is 40 x 30.",
  };
  await expect(post({ bbox: [-50, -50, 10, 10] })).rejects.toMatchObject(refusal);
  await expect(post({ rings: [[50, 5, 60, 5, 60, 20]] })).rejects.toMatchObject(refusal);
  expect((await post({ bbox: [-5, -5, 10, 10] })).items).toHaveLength(1);
});
