import { api } from "@limn/shared/api";
import { openImageDocument } from "@limn/shared/document";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { connectLive, type LiveClient } from "../testing/live-client.ts";
import { uploadPicture } from "../testing/pictures.ts";
import {
  buildTestApp,
  createOwner,
  joinProject,
  signInOwner,
  type Actor,
  type TestApp,
} from "../testing/test-app.ts";

let server: TestApp;
let address: string;
let owner: Actor;
let projectId: string;
let imageId: string;
const open: { close(): void }[] = [];
beforeAll(async () => {
  server = await buildTestApp();
  address = (await server.app.listen({ port: 0, host: "127.0.0.1" })).replace("http", "ws");
  owner = await createOwner(server.app);
});
afterAll(() => server.close());
beforeEach(async () => {
  projectId = (await owner.call(api.createProject, { body: { name: "P" } })).id;
  imageId = await uploadPicture(owner, projectId, "a.png");
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const live = (
  who: Actor | null,
  id = projectId,
  headers: Record<string, string> = {},
): LiveClient => {
  const client = connectLive(`${address}/api/projects/${id}/live`, { ...who?.headers, ...headers });
  open.push(client);
  return client;
};

async function tokenOf(who: Actor): Promise<string> {
  return (await who.call(api.createToken, { body: { name: "t" } })).token;
}

/** An unmodified provider with a token in the query. */
async function join(who: Actor, room = imageId) {
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${address}/api/rooms`, room, doc, {
    // The provider's type asks for the browser's class; `ws` has all that it uses.
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
    params: { token: await tokenOf(who) },
  });
  open.push({ close: () => provider.destroy() });
  const closed = new Promise<number>((resolve) => {
    provider.on("closed", (event: { code: number }) => resolve(event.code));
  });
  const synced = new Promise<void>((resolve) => {
    provider.on("sync", (isSynced: boolean) => isSynced && resolve());
  });
  return {
    doc,
    provider,
    closed,
    synced,
    document: openImageDocument(doc, { width: 40, height: 30 }),
  };
}

const annotate = () =>
  owner.inject({
    method: "POST",
    url: `/api/images/${imageId}/annotations`,
    payload: { annotations: [{ id: "made-over-http", classId, bbox: [1, 2, 3, 4] }] },
  });
let classId: string;
beforeEach(async () => {
  const made = await owner.call(api.createClass, { params: { projectId }, body: { name: "c" } });
  classId = made.id;
});

test("[SW1] an object added over HTTP is seen at once by an unmodified provider in the room", async () => {
  const { synced, document } = await join(owner);
  await synced;
  const seen = new Promise<readonly string[]>((resolve) =>
    document.onChange(({ created }) => resolve(created)),
  );
  expect((await annotate()).statusCode).toBe(201);
  expect(await seen).toEqual(["made-over-http"]);
  expect(document.annotation("made-over-http")?.box).toEqual({ x: 1, y: 2, width: 3, height: 4 });
});

test("[SW2] sockets that may not be there are accepted, then closed with a code", async () => {
  const other = await owner.call(api.createProject, { body: { name: "Q" } });
  const outsider = await joinProject(server.app, owner, other.id, "lead");
  expect(await (await join(outsider)).closed).toBe(4403);
  expect(await (await join(owner, "nope")).closed).toBe(4404);
  expect(await live(null).closed).toBe(4401);
  expect(await live(outsider).closed).toBe(4403);
  expect(await live(owner, "nope").closed).toBe(4404);
});

test("[SW2] a page of another site opens no socket", async () => {
  expect(await live(owner, projectId, { origin: "https://evil.example" }).closed).toBe(-1);
  expect(live(owner, projectId, { origin: address.replace("ws", "http") }).messages).toEqual([]);
});

test("[SW3] the live socket tells who is where, of images, classes, members and summaries", async () => {
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const watcher = live(owner);
  expect(await watcher.next((m) => m.type === "places")).toEqual({ type: "places", places: [] });
  const { synced, provider } = await join(labeler);
  await synced;
  const here = await watcher.next(
    (m) => m.type === "places" && (m["places"] as object[]).length > 0,
  );
  expect(here["places"]).toMatchObject([
    { userId: labeler.id, imageId, name: expect.stringContaining("labeler") },
  ]);
  provider.destroy();
  await watcher.next(
    (m) => m.type === "places" && watcher.messages.indexOf(m) > watcher.messages.indexOf(here),
  );

  await owner.call(api.createClass, { params: { projectId }, body: { name: "d" } });
  const classes = await watcher.next((m) => m.type === "classes");
  expect(classes["classes"]).toMatchObject([{ name: "c" }, { name: "d" }]);

  await annotate();
  await server.parts.summarizer.flush();
  const changed = await watcher.next((m) => m.type === "image");
  expect(changed["image"]).toMatchObject({ id: imageId, objects: 1, state: "in-progress" });

  await uploadPicture(owner, projectId, "b.png");
  expect(await watcher.next((m) => m.type === "images-added")).toEqual({
    type: "images-added",
    count: 1,
  });
  await owner.call(api.deleteImage, { params: { imageId } });
  expect(await watcher.next((m) => m.type === "image-removed")).toEqual({
    type: "image-removed",
    imageId,
  });
  await joinProject(server.app, owner, projectId, "viewer");
  await watcher.next((m) => m.type === "members");
});

test("[SW4] whoever is put out of a project, or signs out, loses the sockets too", async () => {
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const watcher = live(labeler);
  await watcher.next((m) => m.type === "places");
  const inRoom = await join(labeler);
  await inRoom.synced;
  await owner.call(api.patchMember, {
    params: { projectId, userId: labeler.id },
    body: { role: "viewer" },
  });
  expect(await watcher.next((m) => m.type === "rights")).toEqual({
    type: "rights",
    role: "viewer",
  });
  await owner.call(api.removeMember, { params: { projectId, userId: labeler.id } });
  expect(await watcher.closed).toBe(4403);
  expect(await inRoom.closed).toBe(4403);

  const mine = live(owner);
  await mine.next((m) => m.type === "places");
  await owner.call(api.signOut, {});
  expect(await mine.closed).toBe(4401);
  owner = await signInOwner(server.app);
});

test("[SW5] a project that is deleted sends everybody away", async () => {
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const watcher = live(labeler);
  await watcher.next((m) => m.type === "places");
  const inRoom = await join(labeler);
  await inRoom.synced;
  await owner.call(api.deleteProject, { params: { projectId } });
  expect(await watcher.closed).toBe(4404);
  expect(await inRoom.closed).toBe(4404);
});

test("[SW5] an image that is deleted sends everybody away with 4404", async () => {
  const inRoom = await join(owner);
  await inRoom.synced;
  await owner.call(api.deleteImage, { params: { imageId } });
  expect(await inRoom.closed).toBe(4404);
});
