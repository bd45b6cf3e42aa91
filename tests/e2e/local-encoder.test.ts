import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { makePhotoProject, type Photo } from "./support/photos.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { embeddingsOf, installTinySam } from "./support/tiny-sam.ts";
import { drawSmartBox, openContext, sitDown } from "./support/workspace.ts";

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let images: readonly Photo[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser({ gpu: true })]);
  ana = await makeOwner(server.origin);
  const photos = ["nuclei.jpg", "pizza-table.jpg", "reservoir.jpg"];
  const project = await makePhotoProject(ana, photos);
  ({ images } = project);
  installTinySam(server, "efficient-sam", "tiny-sam");
  await ana.send("PUT", `/api/projects/${project.projectId}/model`, { model: "tiny-sam" });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

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
  const made = () => embeddingsOf(server, "server");
  expect(await made()).toHaveLength(2);
  expect(await embeddingsOf(server, "browsers")).toEqual([]);
  await seat.key("f");
  await expect.poll(() => sent, { timeout: 120_000 }).toEqual([first, third].map(embeddingOf));
  expect(await made()).toHaveLength(2);
  expect(await embeddingsOf(server, "browsers")).toEqual([
    expect.stringContaining(third.id) as string,
  ]);
  // What it made answers, here as everywhere.
  await seat.key("f");
  await seat.page.waitForURL(`**/images/${third.id}`);
  await seat.waitForSaved();
  await drawSmartBox(seat, 1);
  expect(await made()).toHaveLength(2);
  expect(seat.complaints).toEqual([]);
  await seat.close();
}, 300_000);
