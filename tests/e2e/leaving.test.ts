import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { drawTwoOffline, onPicture, openContext, sitDown } from "./support/workspace.ts";

// What was done just before an image, or the page, was left.

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let projectId: string;
let classId: string;
let images: { id: string; projectId: string; name: string; width: number; height: number }[];

interface Listed {
  items: { id: string; shape: string; rings?: number[][] }[];
}
const annotations = async (imageId: string) =>
  ((await ana.get(`/api/images/${imageId}/annotations`)) as Listed).items;
const imageNamed = (name: string) => {
  const found = images.find((image) => image.name === name);
  if (!found) throw new Error(`${name} was not uploaded`);
  return found;
};

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  ana = await makeOwner(server.origin);
  ({ id: projectId } = (await ana.send("POST", "/api/projects", { name: "Yard" })) as {
    id: string;
  });
  ({ id: classId } = (await ana.send("POST", `/api/projects/${projectId}/classes`, {
    name: "thing",
  })) as { id: string });
  await ana.upload(`/api/projects/${projectId}/images`, [
    "apps/server/samples/dogs.jpg",
    "apps/server/samples/fig-bowl.jpg",
    "apps/server/samples/paris-crossing.jpg",
    "apps/server/samples/pizza-table.jpg",
  ]);
  images = ((await ana.get(`/api/projects/${projectId}/images`)) as { items: typeof images }).items;
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

/** Holds what the page sends to its rooms from `hold` to `letGo`. */
async function gateRooms(context: BrowserContext) {
  let held: (() => void)[] | undefined;
  await context.routeWebSocket(/\/api\/rooms\//, (page) => {
    const far = page.connectToServer();
    page.onMessage((message) => {
      if (held) held.push(() => far.send(message));
      else far.send(message);
    });
  });
  return {
    hold() {
      held = [];
    },
    letGo() {
      const waiting = held ?? [];
      held = undefined;
      for (const send of waiting) send();
    },
  };
}

test("[S082] an export asked for at once after the last stroke waits for it, and a reload finds nothing unsaved", async () => {
  const image = imageNamed("fig-bowl.jpg");
  const { width, height } = image;
  const corners = [0.3, 0.3, 0.6, 0.3, 0.6, 0.6].map(
    (share, i) => share * (i % 2 ? height : width),
  );
  await ana.send("POST", `/api/images/${image.id}/annotations`, {
    annotations: [{ classId, rings: [corners] }],
  });
  const context = await openContext(browser, server.origin, ana);
  const gate = await gateRooms(context);
  const seat = await sitDown(context, server.origin, image);
  await seat.waitForObjects(1);
  await seat.key("v");
  await seat.page.getByRole("button", { name: /^Thing 1/ }).click();
  gate.hold();
  await seat.drag(
    await onPicture(seat, image, [
      [0.6, 0.6],
      [0.7, 0.7],
      [0.8, 0.75],
    ]),
  );
  await seat.page.getByRole("link", { name: "Back to the images" }).click();
  await seat.page.getByRole("link", { name: "Import / Export" }).click();
  const asked: string[] = [];
  seat.page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/exports"))
      asked.push(request.url());
  });
  await seat.page.getByRole("button", { name: "Export", exact: true }).click();
  await seat.page.locator("button[data-loading]").waitFor();
  expect(asked).toEqual([]);
  gate.letGo();
  await seat.page.getByText("4 images, 1 object, 1 class").waitFor({ timeout: 30_000 });
  expect(asked).toHaveLength(1);
  const download = seat.page.waitForEvent("download");
  await seat.page.getByRole("link", { name: /\.(json|zip)$/ }).click();
  const coco = JSON.parse(await readFile(await (await download).path(), "utf8")) as {
    annotations: { segmentation: number[][] }[];
  };
  const [x = 0, y = 0] = coco.annotations[0]?.segmentation[0]?.slice(4, 6) ?? [];
  // Within a pixel of the screen of where the pointer let go.
  expect(Math.abs(x - 0.8 * width)).toBeLessThan(0.01 * width);
  expect(Math.abs(y - 0.75 * height)).toBeLessThan(0.01 * height);
  const [stored] = await annotations(image.id);
  expect(stored?.rings?.[0]?.slice(4, 6)).toEqual([x, y]);
  const again = await sitDown(context, server.origin, image);
  expect(await again.saveState()).toBe("Saved");
  await context.close();
});

test("edits made offline on an image that is not opened again are sent by the next visit to any page, which says so", async () => {
  const image = imageNamed("dogs.jpg");
  const context = await openContext(browser, server.origin, ana);
  const seat = await sitDown(context, server.origin, image);
  await drawTwoOffline(seat);
  await seat.page.close({ runBeforeUnload: false });
  await context.setOffline(false);
  expect(await annotations(image.id)).toEqual([]);
  const other = await sitDown(context, server.origin, imageNamed("pizza-table.jpg"));
  await other.page
    .getByText("Edits of an earlier visit, on 1 image, are saved now.")
    .waitFor({ timeout: 20_000 });
  expect((await annotations(image.id)).map(({ shape }) => shape)).toEqual(["box", "box"]);
  expect(other.complaints).toEqual([]);
  // And not again.
  await other.page.reload();
  await other.waitForSaved();
  expect(await other.page.getByText("Edits of an earlier visit").count()).toBe(0);
  await context.close();
});

test("a box whose answer comes after its image was left can be undone by whoever came back meanwhile", async () => {
  const image = imageNamed("pizza-table.jpg");
  const context = await openContext(browser, server.origin, ana);
  await context.addInitScript(() => localStorage.setItem("limn.engine", "server"));
  const seat = await sitDown(context, server.origin, imageNamed("paris-crossing.jpg"));
  await seat.key("f");
  await seat.page.getByRole("heading", { name: "pizza-table.jpg" }).waitFor();
  await seat.waitForSaved();
  let answer = (): void => {};
  const released = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await seat.page.route("**/segment", async (route) => {
    await released;
    await route.continue();
  });
  const question = seat.page.waitForRequest("**/segment");
  await seat.key("s");
  await seat.drag(
    await onPicture(seat, image, [
      [0.12, 0.25],
      [0.5, 0.6],
      [0.88, 0.93],
    ]),
  );
  await question;
  await seat.key("d");
  await seat.page.getByRole("heading", { name: "paris-crossing.jpg" }).waitFor();
  await seat.waitForSaved();
  await seat.key("f");
  await seat.page.waitForURL(`**/images/${image.id}`);
  answer();
  await seat.page.getByRole("heading", { name: "pizza-table.jpg" }).waitFor();
  await seat.waitForObjects(1);
  await seat.waitForSaved();
  await seat.key("Control+z");
  await seat.waitForObjects(0);
  await seat.page.getByText("Undid “Box”.").waitFor();
  await seat.waitForSaved();
  expect(await annotations(image.id)).toEqual([]);
  expect(seat.complaints).toEqual([]);
  await context.close();
});

test("leafing through the images as fast as the key can be pressed leaves nothing in the console", async () => {
  const context = await openContext(browser, server.origin, ana);
  const seat = await sitDown(context, server.origin, imageNamed("dogs.jpg"));
  const said: string[] = [];
  seat.page.on("console", (message) => {
    if (/copy of this image|database/i.test(message.text())) said.push(message.text());
  });
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 3; i++) await seat.key("f");
    for (let i = 0; i < 3; i++) await seat.key("d");
  }
  await seat.waitForSaved();
  expect(said).toEqual([]);
  expect(seat.complaints).toEqual([]);
  await context.close();
});
