import { readFileSync } from "node:fs";
import { api } from "@limn/shared/api";
import { packEmbedding, unpackEmbedding } from "@limn/shared/segment";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bringModel, installTiny, tinyFiles } from "../testing/bring-models.ts";
import { uploadPhoto } from "../testing/pictures.ts";
import { type Actor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { tinyModel } from "../testing/tiny-models.ts";
import { multipartBody } from "../testing/upload.ts";

let server: TestProject;
let owner: Actor;
let labeler: Actor;
let viewer: Actor;
let projectId: string;
/** By photo: of the project. */
const images = new Map<string, string>();
let version: string;

const PHOTOS = ["nuclei.jpg", "pizza-table.jpg"] as const;
const SHAPES = [
  [1, 256, 64, 64],
  [1, 32, 256, 256],
  [1, 64, 128, 128],
];

/** All numbers of it are `value`. */
const embedding = (value: number, shapes = SHAPES): Uint8Array =>
  packEmbedding(
    shapes.map((dims) => ({
      dims,
      data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(value),
    })),
  );

/** With the photos and the network; answers the images' ids. */
async function fillProject(id: string): Promise<string[]> {
  const made: string[] = [];
  for (const photo of PHOTOS) made.push(await uploadPhoto(owner, id, photo));
  await owner.call(api.chooseModel, { params: { projectId: id }, body: { model: "tiny-sam2" } });
  return made;
}
async function makeProject(name: string) {
  const id = await server.makeProject(name);
  return { id, images: await fillProject(id) };
}

beforeAll(async () => {
  server = await buildTestProject();
  ({ owner, projectId } = server);
  await installTiny(server.dataDir, "tiny-sam2", ["tiny-sam2-encoder", "tiny-sam2-decoder"]);
  const made = await fillProject(projectId);
  PHOTOS.forEach((photo, i) => images.set(photo, made[i] ?? ""));
  labeler = await joinProject(server.app, owner, projectId, "labeler");
  viewer = await joinProject(server.app, owner, projectId, "viewer");
  const params = { projectId, modelId: "tiny-sam2" };
  version = (await owner.call(api.modelParts, { params })).embedding ?? "";
}, 60_000);
afterAll(() => server.close());

const imageOf = (photo: (typeof PHOTOS)[number]) => images.get(photo) ?? "";

async function send(
  bytes: Uint8Array,
  { actor = labeler, image = imageOf("pizza-table.jpg"), model = "tiny-sam2", v = version } = {},
) {
  const response = await actor.inject({
    method: "PUT",
    url: `/api/images/${image}/embedding?model=${model}&v=${v}`,
    ...multipartBody([{ name: "embedding", bytes }]),
  });
  return { status: response.statusCode, ...response.json<{ detail?: string }>() };
}

const prepare = (image: string, query: { ms?: number; v?: string }) =>
  labeler.call(api.prepareEmbedding, { params: { imageId: image }, query });

async function getEmbedding(image: string, known = "") {
  const url = `/api/images/${image}/embedding?model=tiny-sam2&v=${version}`;
  const headers = { "if-none-match": known };
  const {
    statusCode,
    rawPayload,
    headers: given,
  } = await owner.inject({ method: "GET", url, headers });
  return {
    status: statusCode,
    bytes: rawPayload,
    etag: given.etag,
    caching: given["cache-control"],
  };
}
async function fetchEmbedding(image: string): Promise<Uint8Array> {
  const { status, bytes } = await getEmbedding(image);
  expect(status).toBe(200);
  return bytes;
}

/** Where the server keeps those that it made of the image's picture. */
async function madeFolder(image: string): Promise<string> {
  const sha256 = (await server.parts.store.images.find(image))?.sha256 ?? "";
  return `derived/${sha256.slice(0, 2)}/${sha256}/embeddings`;
}
const made = async (image: string): Promise<string[]> =>
  server.parts.blobs.list(await madeFolder(image));
const sent = (image: string): Promise<string[]> => server.parts.blobs.list(`embeddings/${image}`);

test("[MO14] whoever is faster makes it: the server until it knows its own time, and for whoever measured another version", async () => {
  const image = imageOf("nuclei.jpg");
  expect(await prepare(image, { ms: 0.001, v: version })).toEqual({ maker: "server" });
  await vi.waitFor(async () => expect(await made(image)).toEqual([version]), 20_000);
  expect(await prepare(image, { ms: 0.001, v: version })).toEqual({ maker: "nobody" });
  const other = imageOf("pizza-table.jpg");
  expect(await prepare(other, { ms: 0.001, v: version })).toEqual({ maker: "caller" });
  expect(await made(other)).toEqual([]);
  const { id, images: more } = await makeProject("Q");
  const [, slow = ""] = more;
  const asked = { params: { imageId: slow }, query: { ms: 1e9, v: version } };
  expect(await owner.call(api.prepareEmbedding, asked)).toEqual({ maker: "server" });
  await vi.waitFor(async () => expect(await made(slow)).toEqual([version]), 20_000);
  await server.parts.blobs.delete(await madeFolder(slow));
  await owner.call(api.deleteProject, { params: { projectId: id } });
});

test("[MO14] a time that is none is refused", async () => {
  for (const [ms, sentence] of [
    ["0", "more than 0"],
    ["-5", "more than 0"],
    ["Infinity", "a number"],
  ]) {
    const url = `/api/images/${imageOf("nuclei.jpg")}/embedding?v=${version}&ms=${ms}`;
    const response = await labeler.inject({ method: "POST", url });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ detail: string }>().detail).toBe(`ms: This must be ${sentence}.`);
  }
});

test("[MO14] what is no embedding of this network is refused in a sentence, and nothing is stored", async () => {
  const image = imageOf("pizza-table.jpg");
  const good = embedding(0.25);
  const notANumber = good.slice();
  notANumber.set([0x00, 0x7e], notANumber.length - 2);
  const infinite = good.slice();
  infinite.set([0x00, 0xfc], 500_000);
  for (const bytes of [
    new Uint8Array(),
    good.subarray(0, -2),
    embedding(0.25, SHAPES.slice(0, 1)),
    embedding(0.25, SHAPES.toReversed()),
    notANumber,
    infinite,
  ])
    expect(await send(bytes)).toMatchObject({
      status: 422,
      detail:
        'This is no embedding of "tiny-sam2": wanted are finite numbers in half precision, in the shapes that its encoder gives.',
    });
  expect((await send(new Uint8Array(17 * 2 ** 20))).status).toBe(413);
  expect((await send(good, { v: "0".repeat(32) })).status).toBe(409);
  expect((await send(good, { model: "default" })).status).toBe(422);
  expect((await send(good, { model: "unknown" })).status).toBe(404);
  expect((await send(good, { actor: viewer })).status).toBe(403);
  const stranger = await joinProject(server.app, owner, (await makeProject("R")).id, "lead");
  expect([403, 404]).toContain((await send(good, { actor: stranger })).status);
  const none = await labeler.inject({
    method: "PUT",
    url: `/api/images/${image}/embedding?model=tiny-sam2&v=${version}`,
    ...multipartBody([]),
  });
  expect(none.statusCode).toBe(400);
  expect(await sent(image)).toEqual([]);
});

test("[MO14] what a browser made stands in its project alone, until the server has made its own", async () => {
  const image = imageOf("pizza-table.jpg");
  const first = embedding(0.25);
  expect((await send(first)).status).toBe(200);
  expect((await send(embedding(-3))).status).toBe(200);
  // The first one stays.
  const before = await getEmbedding(image);
  expect(before).toMatchObject({ bytes: Buffer.from(first), caching: "private, no-cache" });
  expect((await getEmbedding(image, before.etag)).status).toBe(304);
  const body = { box: [100, 80, 300, 200] as [number, number, number, number] };
  const reply = await labeler.call(api.segment, { params: { imageId: image }, body });
  expect(reply.model).toBe("tiny-sam2");
  expect(await made(image)).toEqual([]);
  // The same picture in another project.
  const [, elsewhere = ""] = (await makeProject("S")).images;
  const own = await fetchEmbedding(elsewhere);
  expect(unpackEmbedding(own)[0]?.data.some((value) => value !== 0.25)).toBe(true);
  expect(await sent(elsewhere)).toEqual([]);
  // No browser goes on with the one that it has.
  const after = await getEmbedding(image, before.etag);
  expect(after).toMatchObject({ status: 200, bytes: own });
  expect(after.caching).toBe("private, max-age=31536000, immutable");
});

test("[MO14] it goes with its image", async () => {
  const image = imageOf("pizza-table.jpg");
  expect(await sent(image)).toEqual([version]);
  await owner.call(api.deleteImage, { params: { imageId: image } });
  server.advance(31 * 86_400_000);
  await server.parts.tidy();
  expect(await sent(image)).toEqual([]);
});

test("[MO14] browsers get the encoder, and keep it", async () => {
  const params = { projectId, modelId: "tiny-sam2" };
  const { encoder } = await owner.call(api.modelParts, { params });
  const bytes = readFileSync(tinyModel("tiny-sam2-encoder"));
  expect(encoder?.bytes).toBe(bytes.length);
  const url = `/api/projects/${projectId}/models/tiny-sam2/files/encoder?v=${encoder?.sha256}`;
  const file = await viewer.inject({ method: "GET", url });
  expect(file.rawPayload).toEqual(bytes);
  expect(file.headers["cache-control"]).toContain("immutable");
});

/** Brings a network to the project. */
async function bring() {
  const files = tinyFiles(["tiny-efficient-sam-encoder", "tiny-efficient-sam-decoder"]);
  const { id: model } = await bringModel(owner, projectId, files);
  const params = { projectId, modelId: model };
  const v = (await owner.call(api.modelParts, { params })).embedding ?? "";
  return { model, params, v };
}

test("[MO14] it goes with a network that was brought to the project", async () => {
  const image = imageOf("nuclei.jpg");
  const { model, params, v } = await bring();
  // Its kind has one tensor, and the other kind's three are refused.
  expect((await send(embedding(0.25), { image, model, v })).status).toBe(422);
  const shapes = SHAPES.slice(0, 1);
  expect((await send(embedding(0.25, shapes), { image, model, v })).status).toBe(200);
  expect(await sent(image)).toEqual([v]);
  await owner.call(api.deleteModel, { params });
  expect(await sent(image)).toEqual([]);
});

test("[MO14] what still comes, or is still made, when the network has been removed is not kept", async () => {
  const { blobs, store, models, segmenter } = server.parts;
  const image = imageOf("nuclei.jpg");
  const row = await store.images.find(image);
  if (!row) throw new Error("The image is missing.");
  const { model, params, v } = await bring();
  const put = blobs.put.bind(blobs);
  const late = vi.spyOn(blobs, "put").mockImplementation(async (key, source) => {
    if (await store.models.find(model)) await owner.call(api.deleteModel, { params });
    await put(key, source);
  });
  try {
    expect(await send(embedding(0.25, SHAPES.slice(0, 1)), { image, model, v })).toMatchObject({
      status: 409,
      detail: "The image or the network has just been removed: try again.",
    });
    expect(await sent(image)).toEqual([]);
    const before = await made(image);
    const other = await bring();
    expect(before).not.toContain(other.v);
    const again = await models.use(projectId, other.model);
    late.mockImplementation(async (key, source) => {
      if (key.includes("/embeddings/")) await owner.call(api.deleteModel, { params: other.params });
      await put(key, source);
    });
    await segmenter.embed(row, again, true);
    expect(await made(image)).toEqual(before);
  } finally {
    late.mockRestore();
  }
});

test("[MO14] a network that is brought again answers from what is sent then", async () => {
  const image = imageOf("nuclei.jpg");
  const scores: number[] = [];
  for (const value of [0.25, -3]) {
    const { model, params, v } = await bring();
    await send(embedding(value, SHAPES.slice(0, 1)), { image, model, v });
    const body = { box: [100, 80, 300, 200] as [number, number, number, number], model };
    const { score } = await labeler.call(api.segment, { params: { imageId: image }, body });
    scores.push(score);
    await owner.call(api.deleteModel, { params });
  }
  // The tiny network expects the more of its answer the larger the numbers are.
  expect(scores[0]).toBeGreaterThan(scores[1] ?? Infinity);
});
