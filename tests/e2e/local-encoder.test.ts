import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { openContext, sitDown } from "./support/workspace.ts";

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let images: { id: string; projectId: string; name: string }[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser({ gpu: true })]);
  ana = await makeOwner(server.origin);
  const { id } = (await ana.send("POST", "/api/projects", { name: "Food" })) as { id: string };
  await ana.send("POST", `/api/projects/${id}/classes`, { name: "pizza" });
  const photos = ["nuclei.jpg", "pizza-table.jpg", "reservoir.jpg"];
  await ana.upload(
    `/api/projects/${id}/images`,
    photos.map((photo) => `apps/server/samples/${photo}`),
  );
  ({ items: images } = (await ana.get(`/api/projects/${id}/images?sort=name`)) as {
    items: typeof images;
  });
  const sam = ["encoder", "decoder"].map(
    (part) => `models/testing/tiny-efficient-sam-${part}.onnx`,
  );
  execFileSync(
    process.execPath,
    ["apps/server/src/segment/cli/main.ts", "add", ...sam, "--id", "tiny-sam"],
    { env: { ...process.env, DATA_DIR: server.dataDir } },
  );
  await ana.send("PUT", `/api/projects/${id}/model`, { model: "tiny-sam" });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const blobs = async (folder: string, name: RegExp): Promise<string[]> =>
  (
    await readdir(join(server.dataDir, "blobs", folder), { recursive: true }).catch(() => [])
  ).filter((path) => name.test(path));

// The software's graphics card takes far longer than the server, which is told otherwise here: what decides is tested there.
test("[MO14] once its graphics card encodes as the server does, a browser that is faster makes the next embeddings", async () => {
  const [first, second, third] = images;
  if (!first || !second || !third) throw new Error("An image is missing.");
  const context = await openContext(browser, server.origin, ana);
  await context.addInitScript(() => localStorage.setItem("limn.engine", "software-gpu"));
  await context.route(/\/embedding\?ms=/, (route) =>
    route.continue({
      url: route
        .request()
        .url()
        .replace(/ms=[^&]*/, "ms=0.001"),
    }),
  );
  const seat = await sitDown(context, server.origin, first);
  const sent: string[] = [];
  seat.page.context().on("response", (response) => {
    if (response.request().method() === "PUT" && response.ok())
      sent.push(new URL(response.url()).pathname);
  });
  const embeddingOf = ({ id }: { id: string }) => `/api/images/${id}/embedding`;
  // The open image and the next one are the server's; the first is made here once more, to compare and to measure.
  await expect.poll(() => sent, { timeout: 200_000 }).toEqual([embeddingOf(first)]);
  const made = () => blobs("derived", /embeddings.[0-9a-f]{32}$/);
  expect(await made()).toHaveLength(2);
  expect(await blobs("embeddings", /[0-9a-f]{32}$/)).toEqual([]);
  await seat.key("f");
  await expect.poll(() => sent, { timeout: 120_000 }).toEqual([first, third].map(embeddingOf));
  expect(await made()).toHaveLength(2);
  expect(await blobs("embeddings", /[0-9a-f]{32}$/)).toEqual([
    expect.stringContaining(third.id) as string,
  ]);
  // What it made answers, here as everywhere.
  await seat.key("f");
  await seat.page.waitForURL(`**/images/${third.id}`);
  await seat.waitForSaved();
  await seat.key("s");
  await seat.drag([
    [0.4, 0.4],
    [0.5, 0.5],
    [0.6, 0.6],
  ]);
  await seat.waitForObjects(1);
  expect(await made()).toHaveLength(2);
  expect(seat.complaints).toEqual([]);
  await seat.close();
}, 300_000);
