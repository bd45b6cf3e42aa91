import { api } from "@limn/shared/api";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { uploadPicture } from "../testing/pictures.ts";
import { type Actor, createActor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { multipartBody } from "../testing/upload.ts";

let server: TestProject;
let owner: Actor;
let projectId: string;
beforeAll(async () => {
  server = await buildTestProject();
  ({ owner } = server);
});
afterAll(() => server.close());
beforeEach(async () => {
  projectId = await server.makeProject();
});

const list = (query: object = {}) => owner.call(api.listImages, { params: { projectId }, query });
const namesOf = (page: { items: readonly { name: string }[] }) => page.items.map((i) => i.name);

test("[SL1] names sort as people count, and pages add up to the whole in both directions", async () => {
  for (const name of ["b10.png", "b2.png", "A.png", "b1/x.png", "c.png"])
    await uploadPicture(owner, projectId, name);
  const order = ["A.png", "b1/x.png", "b2.png", "b10.png", "c.png"];
  expect(namesOf(await list())).toEqual(order);
  for (const sort of ["name", "-name", "created", "-created", "objects", "-objects"] as const) {
    const whole = namesOf(await list({ sort }));
    const pages: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await list({ sort, limit: 2, ...(cursor === null ? {} : { cursor }) });
      expect(page.total).toBe(5);
      pages.push(...namesOf(page));
      cursor = page.next;
    } while (cursor !== null);
    expect([sort, pages]).toEqual([sort, whole]);
  }
  expect(namesOf(await list({ sort: "-name" }))).toEqual(order.toReversed());
});

test("[SL2] search finds parts of names in any case, and nothing is a pattern", async () => {
  for (const name of ["Dog_1.png", "dogX1.png", "100%.png", "été/a.png"])
    await uploadPicture(owner, projectId, name);
  expect(namesOf(await list({ q: "dog_" }))).toEqual(["Dog_1.png"]);
  expect(namesOf(await list({ q: "DOG" }))).toEqual(["Dog_1.png", "dogX1.png"]);
  expect(namesOf(await list({ q: "%" }))).toEqual(["100%.png"]);
  expect(namesOf(await list({ q: "E\u0301T" }))).toEqual(["été/a.png"]);
  expect(namesOf(await list({ state: "accepted" }))).toEqual([]);
});

test("[SL3] a cursor that no list gave is refused", async () => {
  const bad = { params: { projectId }, query: { cursor: "nonsense" } };
  expect(await owner.refusal(api.listImages, bad)).toBe("invalid-request");
});

test("[SD1] a deleted image lies in the bin, can be restored, and is gone after thirty days", async () => {
  const imageId = await uploadPicture(owner, projectId, "a.png");
  const params = { imageId };
  await owner.call(api.deleteImage, { params });
  expect(await owner.refusal(api.getImage, { params })).toBe("not-found");
  expect(await list()).toMatchObject({ items: [], total: 0 });
  expect(await list({ deleted: "1" })).toMatchObject({ items: [{ id: imageId, deleted: true }] });
  const thumbnail = await owner.inject({ method: "GET", url: `/api/images/${imageId}/thumbnail` });
  expect(thumbnail.statusCode).toBe(200);
  expect(await owner.call(api.restoreImage, { params })).toMatchObject({ deleted: false });
  expect(namesOf(await list())).toEqual(["a.png"]);

  await owner.call(api.deleteImage, { params });
  server.advance(29 * 86_400_000);
  await server.parts.tidy();
  await owner.call(api.restoreImage, { params });
  await owner.call(api.deleteImage, { params });
  server.advance(31 * 86_400_000);
  await server.parts.tidy();
  expect(await owner.refusal(api.restoreImage, { params })).toBe("not-found");
});

test("[SD2] the bytes go with the last image that shows them", async () => {
  const imageId = await uploadPicture(owner, projectId, "a.png");
  const picture = await server.parts.store.images.find(imageId);
  const original = await owner.inject({ method: "GET", url: `/api/images/${imageId}/original` });
  const upload = multipartBody([{ name: "copy.png", bytes: original.rawPayload }]);
  const url = `/api/projects/${projectId}/images`;
  await owner.inject({ method: "POST", url, ...upload });
  const { items } = await list();
  const copy = items.find((i) => i.name === "copy.png")?.id ?? "";
  const readable = async () =>
    picture === undefined ? null : server.parts.pictures.readOriginal(picture);

  await owner.call(api.deleteImage, { params: { imageId } });
  server.advance(31 * 86_400_000);
  await server.parts.tidy();
  (await readable())?.destroy();
  expect(await readable()).not.toBeNull();
  await owner.call(api.deleteImage, { params: { imageId: copy } });
  server.advance(31 * 86_400_000);
  await server.parts.tidy();
  expect(await readable()).toBeNull();
});

test("[SD3] a path that was taken meanwhile stops a restore with a sentence", async () => {
  const imageId = await uploadPicture(owner, projectId, "a.png");
  await owner.call(api.deleteImage, { params: { imageId } });
  await uploadPicture(owner, projectId, "a.png");
  expect(await owner.refusal(api.restoreImage, { params: { imageId } })).toBe("conflict");
  expect((await list()).total).toBe(1);
});

test("[SX1] who may do what with images: viewer looks, labeler looks, lead changes, stranger nothing", async () => {
  const imageId = await uploadPicture(owner, projectId, "a.png");
  const params = { imageId };
  const viewer = await joinProject(server.app, owner, projectId, "viewer");
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const lead = await joinProject(server.app, owner, projectId, "lead");
  const other = await owner.call(api.createProject, { body: { name: "Q" } });
  const outsider = await joinProject(server.app, owner, other.id, "lead");
  for (const reader of [viewer, labeler, lead]) {
    expect((await reader.call(api.getImage, { params })).name).toBe("a.png");
    for (const what of ["file", "original", "thumbnail", "tiles/0/0/0"])
      expect(
        (await reader.inject({ method: "GET", url: `/api/images/${imageId}/${what}` })).statusCode,
      ).toBe(200);
  }
  for (const writer of [viewer, labeler]) {
    expect(await writer.refusal(api.deleteImage, { params })).toBe("forbidden");
    const upload = multipartBody([{ name: "b.png", bytes: Buffer.from("x") }]);
    const url = `/api/projects/${projectId}/images`;
    expect((await writer.inject({ method: "POST", url, ...upload })).statusCode).toBe(403);
  }
  expect(await outsider.refusal(api.getImage, { params })).toBe("forbidden");
  expect(await createActor(server.app).refusal(api.getImage, { params })).toBe("not-signed-in");
  await lead.call(api.deleteImage, { params });
});

test("[SX2] an original goes out under its name", async () => {
  const imageId = await uploadPicture(owner, projectId, "été/Ära 1.png");
  const { headers } = await owner.inject({ method: "GET", url: `/api/images/${imageId}/original` });
  expect(headers["content-disposition"]).toBe(
    `attachment; filename="_ra 1.png"; filename*=UTF-8''${encodeURIComponent("Ära 1.png")}`,
  );
});
