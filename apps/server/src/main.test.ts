import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { addressOf, api } from "@limn/shared/api";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
let dataDir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "limn-main-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env["PATH"],
      DATA_DIR: dataDir,
      PORT: "0",
      LIMN_SAMPLE: "0",
      LOG_LEVEL: "warn",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const errors = text(child.stderr);
  let output = "";
  const listening = new Promise<string>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /Limn is at (\S+)/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  return { child, ended, errors, listening, output: () => output };
}

test("[SV5] it prints the address, says on the first start what to do, and stops on SIGTERM", async () => {
  const server = start({});
  const address = await server.listening;
  expect((await fetch(`${address}/api/health`)).status).toBe(200);
  expect(server.output()).toContain("First start: open the address to make the owner's account.");
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
});

test("[SV5] with the owner in the environment nobody has to make one", async () => {
  const owner = { LIMN_OWNER_EMAIL: "Ana@example.org", LIMN_OWNER_PASSWORD: "long enough" };
  const server = start(owner);
  const address = await server.listening;
  const answer = await fetch(`${address}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ana@example.org", password: "long enough" }),
  });
  expect(await answer.json()).toMatchObject({ owner: true });
  expect(server.output()).not.toContain("First start");
  server.child.kill("SIGINT");
  expect(await server.ended).toBe(0);
  // The next start finds the account.
  const again = start(owner);
  await again.listening;
});

test("[SV5] it stops as well while the network answers", async () => {
  const password = "long enough";
  const server = start({ LIMN_OWNER_EMAIL: "ana@example.org", LIMN_OWNER_PASSWORD: password });
  const address = await server.listening;
  let cookie = "";
  const post = (path: string, body: object) =>
    fetch(`${address}${path}`, {
      method: "POST",
      headers: {
        cookie,
        ...(body instanceof FormData ? {} : { "content-type": "application/json" }),
      },
      body: body instanceof FormData ? body : JSON.stringify(body),
    });
  const session = await post(addressOf(api.signIn, {}), { email: "ana@example.org", password });
  cookie = session.headers
    .getSetCookie()
    .map((each) => each.split(";", 1)[0])
    .join("; ");
  const project = await post(addressOf(api.createProject, {}), { name: "P" });
  const { id: projectId } = (await project.json()) as { id: string };
  const files = new FormData();
  const photo = readFileSync(new URL("../samples/pizza-table.jpg", import.meta.url));
  files.append("files", new Blob([photo]), "pizza.jpg");
  const added = await post(addressOf(api.uploadImages, { params: { projectId } }), files);
  const { items } = (await added.json()) as { items: { image: { id: string } }[] };
  const imageId = items[0]?.image.id ?? "";
  const path = addressOf(api.segment, { params: { imageId } });
  // Looked at twice and more, so that the network is busy for seconds.
  const clicks = [100, 200, 300].map((x) => ({ x, y: 100, inside: x < 300 }));
  const ask = () => post(path, { box: [60, 80, 500, 330], clicks });
  expect((await ask()).status).toBe(200);
  const asked = Array.from({ length: 30 }, ask);
  await Promise.race(asked);
  server.child.kill("SIGTERM");
  expect(await server.ended).toBe(0);
  await Promise.allSettled(asked);
});

test("[SV6] a port in use, a wrong setting: one sentence and exit code 1", async () => {
  const first = start({});
  const port = new URL(await first.listening).port;
  const second = start({ PORT: port, DATA_DIR: join(dataDir, "other") });
  expect(await second.ended).toBe(1);
  expect(await second.errors).toBe(
    `Limn cannot start: port ${port} is in use; stop the other program or set PORT to another number.\n`,
  );
  const third = start({ PORT: "none" });
  expect(await third.ended).toBe(1);
  expect(await third.errors).toBe(
    'Limn cannot start: PORT is "none": give a whole number from 0 to 65535.\n',
  );
});
