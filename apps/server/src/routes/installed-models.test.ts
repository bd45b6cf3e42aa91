import { readFileSync } from "node:fs";
import { api } from "@limn/shared/api";
import { bitmaskFromRle, isBitSet } from "@limn/shared/raster";
import { unpackEmbedding } from "@limn/shared/segment";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { modelsCommand } from "../segment/cli/models-command.ts";
import { installTiny } from "../testing/bring-models.ts";
import { connectLive } from "../testing/live-client.ts";
import { buildPhotoProject, expectBox, type PhotoProject } from "../testing/photo-project.ts";
import { uploadPhoto, uploadPicture } from "../testing/pictures.ts";
import { joinProject } from "../testing/test-app.ts";
import { tinyModel } from "../testing/tiny-models.ts";

let server: PhotoProject;
beforeAll(async () => {
  server = await buildPhotoProject();
  await installTiny(server.dataDir, "tiny-sam2", ["tiny-sam2-encoder", "tiny-sam2-decoder"]);
  await installTiny(server.dataDir, "tiny-click", ["tiny-click-net"]);
}, 60_000);
afterAll(() => server.close());

test("[MO8] installed models are offered to every project, and answer when they are chosen", async () => {
  const kinds = (await server.list()).items.map(({ id, kind, family }) => [id, kind, family]);
  expect(kinds).toEqual([
    ["default", "default", "click-net"],
    ["tiny-click", "installed", "click-net"],
    ["tiny-sam2", "installed", "sam"],
  ]);
  for (const id of ["tiny-click", "tiny-sam2"]) {
    await server.choose(id);
    const reply = await server.ask();
    expect(reply.model).toBe(id);
    expectBox(reply.rle);
    const second = await server.ask({
      mask: reply.rle,
      clicks: [{ x: 250, y: 150, inside: false }],
    });
    const mask = bitmaskFromRle(second.rle);
    expect(isBitSet(mask, 250, 150)).toBe(false);
    expect(isBitSet(mask, 120, 100)).toBe(true);
  }
  expect((await server.ask({ model: "default" })).model).toBe("default");
  // Nobody removes from a project what the server has.
  const removal = { params: { ...server.params, modelId: "tiny-sam2" } };
  expect(await server.owner.refusal(api.deleteModel, removal)).toBe("not-found");
  for (const model of ["../models/tiny-sam2", "tiny-sam2/", "."])
    expect(
      await server.owner.refusal(api.chooseModel, { params: server.params, body: { model } }),
    ).toBe("not-found");
});

test("[MO8] whoever has a project open hears of models that are installed and removed", async () => {
  const other = await server.makeProject("Open too");
  const pages = [server.projectId, other].map((id) =>
    connectLive(`ws://127.0.0.1:${server.port}/api/projects/${id}/live`, server.owner.headers),
  );
  const heard = () =>
    pages.map(({ messages }) => messages.filter(({ type }) => type === "models").length);
  const command = (...args: string[]) =>
    modelsCommand(args, { dataDir: server.dataDir, pinned: [], print: () => undefined });
  try {
    for (const page of pages) await page.next(({ type }) => type === "places");
    await command("add", tinyModel("tiny-click-net"), "--id", "heard-of");
    await vi.waitFor(() => expect(heard()).toEqual([1, 1]));
    await command("remove", "heard-of");
    await vi.waitFor(() => expect(heard()).toEqual([2, 2]));
  } finally {
    for (const page of pages) page.close();
  }
});

test("[MO8] the encoder sees a picture once, however many ask at the same time", async () => {
  const other = await uploadPhoto(server.owner, server.projectId, "nuclei.jpg");
  const put = vi.spyOn(server.parts.blobs, "put");
  await server.choose("tiny-sam2");
  const clicks = [1, 2, 3, 4, 5].map((i) => [{ x: 10 * i, y: 20, inside: true }]);
  const replies = await Promise.all(
    clicks.map((each) =>
      server.owner.call(api.segment, { params: { imageId: other }, body: { clicks: each } }),
    ),
  );
  expect(replies.map(({ model }) => model)).toEqual(Array(5).fill("tiny-sam2"));
  expect(put.mock.calls.filter(([key]) => key.includes("/embeddings/"))).toHaveLength(1);
  put.mockRestore();
});

test("[MO8] browsers get the embedding, and keep it", async () => {
  await server.choose("tiny-sam2");
  const parts = await server.owner.call(api.modelParts, {
    params: { ...server.params, modelId: "tiny-sam2" },
  });
  expect(parts.embedding).toMatch(/^[0-9a-f]{32}$/);
  const url = `/api/images/${server.imageId}/embedding`;
  const first = await server.owner.inject({ method: "GET", url: `${url}?v=${parts.embedding}` });
  expect(first.headers["cache-control"]).toBe("private, max-age=31536000, immutable");
  expect(unpackEmbedding(first.rawPayload).map(({ dims }) => dims)).toEqual([
    [1, 256, 64, 64],
    [1, 32, 256, 256],
    [1, 64, 128, 128],
  ]);
  const unversioned = await server.owner.inject({
    method: "GET",
    url: `${url}?model=tiny-sam2`,
    headers: { "if-none-match": String(first.headers["etag"]) },
  });
  expect(unversioned.statusCode).toBe(304);
  expect(unversioned.headers["cache-control"]).toBe("private, no-cache");
  const replaced = await server.owner.inject({ method: "GET", url: `${url}?v=${"0".repeat(32)}` });
  expect(replaced.statusCode).toBe(409);
  const without = await server.owner.inject({ method: "GET", url: `${url}?model=default` });
  expect(without.statusCode).toBe(422);
  expect(without.json<{ detail: string }>().detail).toContain('"default" has no encoder');
  const viewer = await joinProject(server.app, server.owner, server.projectId, "viewer");
  expect((await viewer.inject({ method: "GET", url })).statusCode).toBe(403);
});

test("[MO11] browsers get the part that answers prompts, and keep it", async () => {
  for (const [modelId, role, name] of [
    ["tiny-sam2", "decoder", "tiny-sam2-decoder"],
    ["tiny-click", "network", "tiny-click-net"],
  ] as const) {
    const bytes = readFileSync(tinyModel(name));
    const { own } = await server.owner.call(api.modelParts, {
      params: { ...server.params, modelId },
    });
    expect(own).toMatchObject({ role, bytes: bytes.length });
    const url = `/api/projects/${server.projectId}/models/${modelId}/files/${role}`;
    const file = await server.owner.inject({ method: "GET", url: `${url}?v=${own?.sha256}` });
    expect(file.rawPayload).toEqual(bytes);
    expect(file.headers["cache-control"]).toContain("immutable");
  }
  const url = `/api/projects/${server.projectId}/models/tiny-click/files/decoder`;
  expect((await server.owner.inject({ method: "GET", url })).statusCode).toBe(404);
});

test("[MO8] an embedding can be made ahead, and goes with its picture", async () => {
  const doomed = await server.makeProject("Doomed");
  const image = await uploadPicture(server.owner, doomed, "a.png", 80, 50);
  const picture = (await server.parts.store.images.find(image))?.sha256 ?? "";
  await server.owner.call(api.prepareEmbedding, { params: { imageId: image }, query: {} });
  const body = { model: "tiny-sam2" };
  await server.owner.call(api.chooseModel, { params: { projectId: doomed }, body });
  await server.owner.call(api.prepareEmbedding, { params: { imageId: image }, query: {} });
  await vi.waitFor(async () => expect(await server.embeddingsOf(picture)).toHaveLength(1), 20_000);
  await server.owner.call(api.deleteImage, { params: { imageId: image } });
  server.advance(31 * 86_400_000);
  await server.parts.tidy();
  expect(await server.embeddingsOf(picture)).toEqual([]);
});
