import { readFileSync } from "node:fs";
import { api } from "@limn/shared/api";
import { bitmaskArea, bitmaskFromRle } from "@limn/shared/raster";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uploadPhoto } from "../testing/pictures.ts";
import { type Actor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { endOf } from "../testing/transfers.ts";

let server: TestProject;
let owner: Actor;
let projectId: string;
let imageId: string;
let classId: string;

interface SampleObject {
  readonly photo: string;
  readonly rle: { readonly size: [number, number]; readonly counts: string };
}
const objects = JSON.parse(
  readFileSync(new URL("../../samples/objects.json", import.meta.url), "utf8"),
) as SampleObject[];

beforeAll(async () => {
  server = await buildTestProject();
  ({ owner, projectId } = server);
  ({ id: classId } = await owner.call(api.createClass, {
    params: { projectId },
    body: { name: "nucleus" },
  }));
  imageId = await addPhoto("nuclei.jpg", 6);
});
afterAll(() => server.close());

/** Uploads a sample photo with the first of its finished objects. */
async function addPhoto(photo: string, count: number): Promise<string> {
  const id = await uploadPhoto(owner, projectId, photo);
  await owner.call(api.createAnnotations, {
    params: { imageId: id },
    body: {
      annotations: objects
        .filter((object) => object.photo === photo)
        .slice(0, count)
        .map(({ rle }) => ({ classId, rle })),
    },
  });
  return id;
}

const params = {
  get projectId() {
    return projectId;
  },
};
const list = () => owner.call(api.listModels, { params });
const learn = async () => endOf(owner, (await owner.call(api.learnModel, { params })).id);

/** A network that sees an object wherever it looks. */
async function insertEager(id: string): Promise<void> {
  await server.parts.store.models.insert({
    id,
    projectId,
    kind: "learnt",
    name: "Eager",
    family: "click-net",
    layer: JSON.stringify({ weights: Array(16).fill(0), weights4: null, bias: 100 }),
    report: null,
    files: null,
    trial: null,
    createdBy: owner.id,
    createdAt: new Date().toISOString(),
  });
}

test("[SM1] a project starts with the network that comes with the product", async () => {
  expect(await list()).toMatchObject({
    chosen: "default",
    items: [{ id: "default", kind: "default", family: "click-net", licence: "Apache-2.0" }],
  });
});

test("[SM2] with too few finished objects learning says how many it takes", async () => {
  const job = await learn();
  expect(job).toMatchObject({ kind: "learn", state: "failed" });
  expect(job.message).toMatch(/at least 10 finished masks .* this project has 6/);
});

test("[SM3] learning from real objects counts clicks before and after, and offers what pays", async () => {
  await addPhoto("pizza-table.jpg", 7);
  const job = await learn();
  expect(job).toMatchObject({ kind: "learn", state: "done", progress: 1 });
  expect(job.message).toMatch(/\d objects.*\d\.\d clicks before, \d+\.\d after/);
  const learnt = (await list()).items.filter(({ kind }) => kind === "learnt");
  expect(learnt).toHaveLength(job.message.startsWith("Nothing to gain") ? 0 : 1);
  for (const { report } of learnt)
    expect(report?.after.iou).toBeGreaterThan((report?.before.iou ?? 1) + 0.01);
  // Offered, not used.
  expect((await list()).chosen).toBe("default");
}, 60_000);

test("[SM4] the chosen network answers everybody, and the default one again when it is removed", async () => {
  await insertEager("eager-1");
  const box: [number, number, number, number] = [20, 20, 60, 60];
  const ask = async (model?: string) => {
    const body = { box, ...(model === undefined ? {} : { model }) };
    const reply = await owner.call(api.segment, { params: { imageId }, body });
    return { model: reply.model, area: bitmaskArea(bitmaskFromRle(reply.rle)) };
  };
  const before = await ask();
  expect(before.model).toBe("default");
  await owner.call(api.chooseModel, { params, body: { model: "eager-1" } });
  expect((await list()).chosen).toBe("eager-1");
  const eager = await ask();
  // All whole pixels of the crop, which is 1.25 times the box: 12.5 to 87.5.
  expect(eager).toEqual({ model: "eager-1", area: 74 * 74 });
  expect(await ask("default")).toEqual(before);
  expect(await owner.call(api.modelParts, { params: { projectId, modelId: "eager-1" } })).toEqual({
    id: "eager-1",
    base: "default",
    own: null,
    encoder: null,
    embedding: null,
    layer: { weights: Array(16).fill(0), weights4: null, bias: 100 },
  });
  await owner.call(api.deleteModel, { params: { projectId, modelId: "eager-1" } });
  expect((await list()).chosen).toBe("default");
  expect(await ask()).toEqual(before);
});

test("[SM5] networks are the leads' to manage, and stay in their project", async () => {
  await insertEager("eager-2");
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const body = { model: "eager-2" };
  expect(await labeler.refusal(api.chooseModel, { params, body })).toBe("forbidden");
  expect(await labeler.refusal(api.learnModel, { params })).toBe("forbidden");
  const deletion = { params: { projectId, modelId: "eager-2" } };
  expect(await labeler.refusal(api.deleteModel, deletion)).toBe("forbidden");
  expect((await labeler.call(api.listModels, { params })).items.length).toBeGreaterThan(1);
  const { id: other } = await owner.call(api.createProject, { body: { name: "Other" } });
  expect(await owner.refusal(api.chooseModel, { params: { projectId: other }, body })).toBe(
    "not-found",
  );
  for (const modelId of ["eager-2", "default", "none"])
    expect(await owner.refusal(api.deleteModel, { params: { projectId: other, modelId } })).toBe(
      "not-found",
    );
});

test("[SM6] learning that is cancelled while it runs ends at once, leaves nothing, and harms nothing", async () => {
  await addPhoto("paris-crossing.jpg", 10);
  for (let round = 0; round < 3; round++) {
    const { id } = await owner.call(api.learnModel, { params });
    const before = (await list()).items.length;
    const look = () => owner.call(api.getJob, { params: { jobId: id } });
    // At work in the network, at another place every time.
    await expect
      .poll(async () => (await look()).progress, { timeout: 30_000 })
      .toBeGreaterThan(0.15 + 0.1 * round);
    await owner.call(api.cancelJob, { params: { jobId: id } });
    expect(await endOf(owner, id)).toMatchObject({ state: "cancelled" });
    expect((await list()).items.length).toBe(before);
  }
}, 60_000);

test("[SM6] who asks while it learns gets the job that is there", async () => {
  const asked = await Promise.all([1, 2, 3].map(() => owner.call(api.learnModel, { params })));
  expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
  const jobId = asked[0]?.id ?? "";
  await owner.call(api.cancelJob, { params: { jobId } });
  expect(await endOf(owner, jobId)).toMatchObject({ state: "cancelled" });
});
