import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CLOSE_CODES, type Problem, type UploadResult } from "@limn/shared/api";
import sharp from "sharp";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import {
  type Client,
  createClient,
  createRawClient,
  syncFrame,
  until,
  updateOf,
} from "./rooms/testing/clients.ts";
import { createSmallDisk, type SmallDisk } from "./testing/small-disk.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const owner = { email: "owner@example.org", password: "correct horse battery" };

let disk: SmallDisk;
let child: ChildProcess | undefined;
let port = 0;
let token = "";
let projectId = "";
const clients: Client[] = [];

beforeEach(async () => {
  disk = createSmallDisk(32);
  port = 0;
  await start();
  token = (await post<{ token: string }>("/api/tokens", { name: "t" }, await signIn())).token;
  projectId = (await post<{ id: string }>("/api/projects", { name: "P" })).id;
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.dispose();
  await stop("SIGKILL");
  disk.remove();
});

async function start(): Promise<void> {
  const server = spawn(process.execPath, [main], {
    env: {
      PATH: process.env["PATH"],
      DATA_DIR: disk.folder,
      PORT: String(port),
      LIMN_SAMPLE: "0",
      LOG_LEVEL: "silent",
      LIMN_OWNER_EMAIL: owner.email,
      LIMN_OWNER_PASSWORD: owner.password,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  child = server;
  port = await new Promise<number>((resolve, reject) => {
    let output = "";
    server.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const found = /Limn is at http:\S+:(\d+)/.exec(output)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    server.once("exit", () => reject(new Error("the server ended before it listened")));
  });
}

async function stop(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const stopping = child;
  child = undefined;
  if (stopping === undefined) return;
  const gone = new Promise((resolve) => stopping.once("exit", resolve));
  stopping.kill(signal);
  await gone;
}

const bearer = (): Record<string, string> => ({ authorization: `Bearer ${token}` });
const url = (path: string): string => `http://127.0.0.1:${port}${path}`;

function send(path: string, body: unknown, headers = bearer()): Promise<Response> {
  return fetch(url(path), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

async function post<T>(path: string, body: unknown, headers = bearer()): Promise<T> {
  const response = await send(path, body, headers);
  if (!response.ok) throw new Error(await response.text());
  // The contract of the route says so.
  return (await response.json()) as T;
}

async function signIn(): Promise<Record<string, string>> {
  const response = await send("/api/session", owner, {});
  const cookies = response.headers.getSetCookie().map((line) => line.split(";")[0]);
  return { cookie: cookies.join("; ") };
}

async function upload(name: string, bytes: Uint8Array): Promise<Response> {
  const form = new FormData();
  form.append("files", new Blob([Buffer.from(bytes)]), name);
  return fetch(url(`/api/projects/${projectId}/images`), {
    method: "POST",
    headers: bearer(),
    body: form,
  });
}

async function uploaded(response: Response): Promise<UploadResult | undefined> {
  return ((await response.json()) as { items: UploadResult[] }).items[0];
}

/** A picture that cannot be packed: about three bytes for each pixel. */
function paintNoise(width: number, height: number): Promise<Buffer> {
  return sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function joinRoom(imageId: string): Client {
  const client = createClient({ port, token, user: "", room: `api/rooms/${imageId}` });
  clients.push(client);
  return client;
}

const bytes = (n: number, seed: number): Uint8Array => new Uint8Array(n).fill(seed);
/** The refusal of a full disk. */
const FULL = { status: 503, code: "storage-failed", detail: expect.stringContaining("its disk") };
const problemOf = async (response: Response): Promise<Problem> =>
  (await response.json()) as Problem;

test("[R20] on a disk that is full nothing is called saved; with space again all is, and survives a kill", async () => {
  const picture = await uploaded(await upload("a.png", await paintNoise(8, 8)));
  const imageId = picture?.image?.id ?? "";
  const ann = joinRoom(imageId);
  await until("ann in step", ann.saved);
  ann.set("geo", "before", bytes(1_000, 1));
  await until("ann saved", ann.saved);

  const { id: classId } = await post<{ id: string }>(`/api/projects/${projectId}/classes`, {
    name: "c",
  });
  disk.fill();
  let edits = 0;
  // The log writes over what it has before it grows: small edits may still find a place.
  while (ann.closes.length === 0) {
    ann.set("geo", `full-${edits}`, bytes(100_000, edits));
    edits++;
    await until("stored or refused", () => ann.closes.length > 0 || ann.saved());
  }
  expect(ann.closes[0]).toBe(4503);
  expect(ann.saved()).toBe(false);
  const refused = `full-${edits - 1}`;
  const before = ann.closes.length;
  await until("it comes back and is refused again", () => ann.closes.length > before + 1);
  expect(ann.saved()).toBe(false);

  const bob = joinRoom(imageId);
  await until("bob reads what is stored", () => bob.provider.synced);
  expect(bob.get("geo", "before")).toEqual(bytes(1_000, 1));
  expect(bob.get("geo", refused)).toBeUndefined();
  expect(bob.size("geo")).toBe(edits);

  const eve = await createRawClient({ port, token, user: "", room: `api/rooms/${imageId}` });
  await until("eve is greeted", () => eve.messages.length > 0 || eve.code() !== undefined);
  eve.socket.send(
    syncFrame(
      2,
      updateOf((doc) => doc.getMap("geo").set("e", bytes(200_000, 3))),
    ),
  );
  await until("eve is told", () => eve.code() !== undefined);
  expect([eve.code(), eve.reason()]).toEqual([4503, CLOSE_CODES[4503].sentence]);
  expect(eve.messages.some((frame) => frame[0] === 100 && frame[1] === 0)).toBe(false);

  const annotations = Array.from({ length: 3_000 }, (_, i) => ({
    id: `over-http-${i}`,
    classId,
    bbox: [1, 1, 5, 5],
  }));
  const answer = await send(`/api/images/${imageId}/annotations`, { annotations });
  expect(await problemOf(answer)).toMatchObject(FULL);

  disk.free();
  await until("ann saved", ann.saved, 20_000);
  await until("bob has it", () => bob.get("geo", refused) !== undefined);
  ann.set("geo", "after", bytes(1_000, 2));
  await until("ann saved", ann.saved);
  await stop("SIGKILL");
  for (const client of clients) client.provider.disconnect();
  await start();
  const reader = joinRoom(imageId);
  await until("reader in step", () => reader.provider.synced);
  expect(Y.encodeStateVector(reader.doc)).toEqual(Y.encodeStateVector(ann.doc));
  expect(reader.size("geo")).toBe(edits + 2);
}, 120_000);

test("[R20] a server killed on a full disk starts on it again, and has all that was called saved", async () => {
  const picture = await uploaded(await upload("a.png", await paintNoise(8, 8)));
  const imageId = picture?.image?.id ?? "";
  const ann = joinRoom(imageId);
  await until("ann in step", ann.saved);
  for (let i = 0; i < 20; i++) {
    ann.set("geo", `a${i}`, bytes(50_000, i));
    await until("ann saved", ann.saved);
  }
  disk.fill();
  await stop("SIGKILL");
  ann.provider.disconnect();
  await start();
  const bob = joinRoom(imageId);
  await until("bob in step", () => bob.provider.synced, 20_000);
  expect(bob.size("geo")).toBe(20);
}, 120_000);

test("[SI12] an upload that the disk cannot take is refused in a sentence and leaves nothing behind", async () => {
  const files = (): string[] =>
    ["blobs", "work"].flatMap((name) => {
      const folder = join(disk.folder, name);
      if (!existsSync(folder)) return [];
      return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath.slice(disk.folder.length)}/${entry.name}`);
    });
  const picture = await paintNoise(1_000, 700);
  let refusals = 0;
  // From no room at all, over room for the file but not for its thumbnail, up to room for all but the catalog's row.
  for (let leave = 0, created = false; !created; leave += leave === 0 ? picture.length : 4096) {
    const before = files();
    disk.fill(leave);
    const response = await upload("a.png", picture);
    created = response.status === 200;
    if (created) break;
    refusals++;
    expect(await problemOf(response)).toMatchObject(FULL);
    expect(files()).toEqual(before);
  }
  disk.free();
  expect(refusals).toBeGreaterThan(3);
  const again = await uploaded(await upload("a.png", picture));
  expect(again?.status).toBe("duplicate");
  const file = await fetch(url(`/api/images/${again?.image?.id}/file`), { headers: bearer() });
  expect(Buffer.from(await file.arrayBuffer()).equals(picture)).toBe(true);
}, 120_000);
