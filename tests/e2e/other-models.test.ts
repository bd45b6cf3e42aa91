import type { Browser } from "playwright-core";
import { bitmaskBounds, bitmaskFromRle } from "@limn/shared/raster";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { makePhotoProject, type Photo } from "./support/photos.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { embeddingsOf, installTinySam, tinySam } from "./support/tiny-sam.ts";
import { drawSmartBox, openContext, type Seat, sitDown } from "./support/workspace.ts";

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let projectId: string;
let images: readonly Photo[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  ana = await makeOwner(server.origin);
  ({ projectId, images } = await makePhotoProject(ana, ["nuclei.jpg", "pizza-table.jpg"]));
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

test("[MO9] a lead brings a network on the Model page, sees what it made of an image, and chooses it", async () => {
  const context = await openContext(browser, server.origin, ana);
  const page = await context.newPage();
  await page.goto(`${server.origin}/projects/${projectId}/model`);
  const bring = page.locator("section", { hasText: "Bring your own" });
  const files = page.locator('input[type="file"]');
  await files.setInputFiles("models/testing/tiny-classifier.onnx");
  await bring.getByRole("button", { name: "Try it" }).click();
  await bring.getByText("The network takes data float32 [1, 3, 224, 224], but wanted is").waitFor();
  await files.setInputFiles([...tinySam("sam2"), "models/testing/tiny-click-net.onnx"]);
  const tooMany = bring.getByText("Choose one file, or two: the encoder and the decoder of a SAM.");
  await tooMany.waitFor();
  expect(await bring.getByRole("button", { name: "Try it" }).isDisabled()).toBe(true);
  expect(await bring.getByText("The network takes data").count()).toBe(0);
  await files.setInputFiles("models/testing/tiny-click-net.onnx");
  await tooMany.waitFor({ state: "detached" });
  await bring.getByLabel("Name").fill("Our network");
  await bring.getByRole("button", { name: "Try it" }).click();
  await bring.getByText("Our network works and is offered above.").waitFor();
  const card = page.locator("article", { hasText: "Our network" });
  await card
    .getByText(/Tried on nuclei\.jpg: .* 100 % of the box, in \d+ ms on the server/)
    .waitFor();
  const picture = card.getByRole("img");
  await expect
    .poll(() => picture.evaluate((img) => (img as HTMLImageElement).naturalWidth))
    .toBeGreaterThan(100);
  await card.getByRole("button", { name: "Use in this project" }).click();
  await card.getByText("In use").waitFor();
  await card.getByText("uploaded here · click network").waitFor();
  // What is in use comes first, above the forms.
  const networks = page.getByRole("region", { name: "Networks" });
  await expect
    .poll(() => networks.getByRole("article").first().innerText())
    .toContain("Our network");
  const below = await bring.boundingBox();
  const above = await networks.boundingBox();
  expect((above?.y ?? 0) + (above?.height ?? 0)).toBeLessThan(below?.y ?? 0);
  await context.close();
});

async function drawBox(seat: Seat): Promise<void> {
  await drawSmartBox(seat, 1);
  await seat.waitForSaved();
}

/** The tiny networks give what lies in the box, whose middle is the picture's. */
async function expectMiddle(image: Photo): Promise<void> {
  const { items } = (await ana.get(`/api/images/${image.id}/annotations`)) as {
    items: { rle: { size: [number, number]; counts: string } }[];
  };
  const bounds = bitmaskBounds(bitmaskFromRle(items[0]?.rle ?? { size: [1, 1], counts: "1" }));
  const middle = ((bounds?.left ?? 0) + (bounds?.right ?? 0)) / 2;
  expect(Math.abs(middle - image.width / 2)).toBeLessThan(8);
}

const areasOf = async (image: Photo): Promise<number[]> => {
  const { items } = (await ana.get(`/api/images/${image.id}/annotations`)) as {
    items: { area: number }[];
  };
  return items.map(({ area }) => area);
};

/** [MO13] The object at hand has so many masks to choose from: smaller ones, by Z or the button, and undo brings back. */
async function expectCandidates(seat: Seat, image: Photo, count: number) {
  const bar = seat.page.getByRole("toolbar", { name: "Tool options" });
  const before = await areasOf(image);
  await bar.getByRole("button", { name: `Mask 1 of ${count}` }).waitFor();
  let asked = 0;
  const counting = (): void => void asked++;
  seat.page.on("request", counting);
  await seat.key("z");
  await bar.getByRole("button", { name: `Mask 2 of ${count}` }).click();
  await bar.getByRole("button", { name: `Mask 3 of ${count}` }).waitFor();
  expect(asked).toBe(0);
  seat.page.off("request", counting);
  await seat.waitForSaved();
  const smaller = await areasOf(image);
  expect(smaller.slice(0, -1)).toEqual(before.slice(0, -1));
  expect(smaller.at(-1)).toBeLessThan(0.97 * (before.at(-1) ?? 0));
  await seat.key("Control+z");
  await seat.key("Control+z");
  await bar.getByRole("button", { name: `Mask 1 of ${count}` }).waitFor();
  await seat.waitForSaved();
  expect(await areasOf(image)).toEqual(before);
}

async function sitAt(image: Photo, engine: "CPU" | "server"): Promise<Seat> {
  const context = await openContext(browser, server.origin, ana);
  if (engine === "server")
    await context.addInitScript(() => localStorage.setItem("limn.engine", "server"));
  const seat = await sitDown(context, server.origin, image);
  const badge = seat.page.getByTestId("engine");
  await expect.poll(() => badge.textContent(), { timeout: 30_000 }).toContain(engine);
  return seat;
}

test("[MO11] in the workspace it answers in the browser, and the badge names it", async () => {
  const [, image] = images;
  if (!image) throw new Error("The image is missing.");
  const seat = await sitAt(image, "CPU");
  const asked: string[] = [];
  seat.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await drawBox(seat);
  expect(asked.filter((path) => path.endsWith("/segment"))).toEqual([]);
  await seat.page.getByTestId("engine").click();
  await seat.page.getByText("Our network").waitFor();
  await expectMiddle(image);
  expect(seat.complaints).toEqual([]);
  await seat.close();
});

test("[MO8] with a SAM the open image and the next one are encoded before anybody clicks", async () => {
  installTinySam(server, "sam2", "tiny-sam2");
  await ana.send("PUT", `/api/projects/${projectId}/model`, { model: "tiny-sam2" });
  const [first] = images;
  if (!first) throw new Error("The image is missing.");
  const seat = await sitAt(first, "CPU");
  const embeddings = async () => (await embeddingsOf(server, "server")).length;
  await expect.poll(embeddings, { timeout: 30_000 }).toBe(2);
  const asked: string[] = [];
  seat.page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await drawBox(seat);
  await expectMiddle(first);
  await expectCandidates(seat, first, 4);
  // Its decoder answers in the browser.
  expect(asked.filter((path) => path.endsWith("/segment"))).toEqual([]);
  expect(seat.complaints).toEqual([]);
  await seat.close();
});

test("[MO8] where the browser runs no network the server answers with the project's", async () => {
  const [first] = images;
  if (!first) throw new Error("The image is missing.");
  const drawn = (await ana.get(`/api/images/${first.id}/annotations`)) as { items: object[] };
  expect(drawn.items).toHaveLength(1);
  const seat = await sitAt(first, "server");
  await drawSmartBox(seat, 2, 0.15, 0.05);
  await seat.waitForSaved();
  await expectCandidates(seat, first, 4);
  expect(seat.complaints).toEqual([]);
  await seat.close();
});

test("[MO11] where the browser fails with it the server answers, and the badge says why", async () => {
  const [, image] = images;
  if (!image) throw new Error("The image is missing.");
  const context = await openContext(browser, server.origin, ana);
  await context.route("**/files/decoder*", (route) => route.fulfill({ status: 503 }));
  const seat = await sitDown(context, server.origin, image);
  const badge = seat.page.getByTestId("engine");
  await expect.poll(() => badge.textContent(), { timeout: 30_000 }).toContain("CPU");
  // Beside the one that was drawn before.
  await drawSmartBox(seat, 2, 0.15, 0.05);
  await expect.poll(() => badge.textContent()).toContain("server");
  await badge.click();
  await seat.page.getByText("The project's network could not be loaded (503).").waitFor();
  await ana.send("PUT", `/api/projects/${projectId}/model`, { model: "default" });
  // The default network is not the one that failed.
  await expect.poll(() => badge.textContent(), { timeout: 30_000 }).toContain("CPU");
  await seat.close();
});
