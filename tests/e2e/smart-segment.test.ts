import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser } from "playwright-core";
import { bitmaskArea, bitmaskFromRle, isBitSet, type Bitmask } from "@limn/shared/raster";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { onPicture, openContext, sitDown, type Seat } from "./support/workspace.ts";

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let projectId: string;
let image: { id: string; projectId: string; width: number; height: number };

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  ana = await makeOwner(server.origin);
  ({ id: projectId } = (await ana.send("POST", "/api/projects", { name: "Food" })) as {
    id: string;
  });
  await ana.send("POST", `/api/projects/${projectId}/classes`, { name: "pizza" });
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});
beforeEach(async () => {
  const listed = (await ana.get(`/api/projects/${projectId}/images`)) as {
    items: (typeof image)[];
  };
  for (const old of listed.items) await ana.send("DELETE", `/api/images/${old.id}`);
  await ana.upload(`/api/projects/${projectId}/images`, ["apps/server/samples/pizza-table.jpg"]);
  const fresh = (await ana.get(`/api/projects/${projectId}/images`)) as { items: (typeof image)[] };
  image = fresh.items[0] as typeof image;
});

async function seatWith(engine: "wasm" | "server"): Promise<Seat> {
  const context = await openContext(browser, server.origin, ana);
  await context.addInitScript((name) => localStorage.setItem("limn.engine", name), engine);
  const seat = await sitDown(context, server.origin, image);
  await expect
    .poll(() => seat.page.getByTestId("engine").textContent(), { timeout: 30_000 })
    .toContain(engine === "wasm" ? "CPU" : "server");
  return seat;
}

async function drawBox(seat: Seat): Promise<void> {
  await seat.key("s");
  await seat.drag(
    await onPicture(seat, image, [
      [0.12, 0.25],
      [0.5, 0.6],
      [0.88, 0.93],
    ]),
  );
  await seat.waitForObjects(1);
  await seat.waitForSaved();
}

async function storedMask(): Promise<Bitmask> {
  const { items } = (await ana.get(`/api/images/${image.id}/annotations`)) as {
    items: { rle: { size: [number, number]; counts: string } }[];
  };
  expect(items).toHaveLength(1);
  return bitmaskFromRle(items[0]?.rle ?? { size: [1, 1], counts: "1" });
}

test("box, click outside, click inside, undo, accept, next box: on the processor", async () => {
  const seat = await seatWith("wasm");
  await drawBox(seat);
  const first = await storedMask();
  expect(bitmaskArea(first)).toBeGreaterThan(20_000);
  const [spot] = await onPicture(seat, image, [[0.5, 0.6]]);
  const [x, y] = spot ?? [0, 0];
  const pixel = [Math.floor(0.5 * image.width), Math.floor(0.6 * image.height)] as const;
  expect(isBitSet(first, ...pixel)).toBe(true);
  await seat.click(x, y, { button: "right" });
  await seat.page.getByText("1 click", { exact: true }).waitFor();
  await seat.waitForSaved();
  expect(isBitSet(await storedMask(), ...pixel)).toBe(false);
  await seat.key("Control+z");
  await seat.page.getByText("smart", { exact: true }).waitFor();
  await seat.waitForSaved();
  expect(isBitSet(await storedMask(), ...pixel)).toBe(true);
  await seat.key("Enter");
  await seat.drag(
    await onPicture(seat, image, [
      [0.02, 0.02],
      [0.1, 0.2],
      [0.25, 0.4],
    ]),
  );
  await seat.waitForObjects(2);
  expect(seat.complaints).toEqual([]);
  await seat.close();
});

test("the processor in the browser and the server find the same object", async () => {
  const near = await seatWith("wasm");
  await drawBox(near);
  const inBrowser = await storedMask();
  await near.key("Escape");
  await near.waitForObjects(0);
  await near.waitForSaved();
  await near.close();
  const far = await seatWith("server");
  await drawBox(far);
  const atServer = await storedMask();
  await far.close();
  let common = 0;
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++)
      if (isBitSet(inBrowser, x, y) && isBitSet(atServer, x, y)) common++;
  const overlap = common / (bitmaskArea(inBrowser) + bitmaskArea(atServer) - common);
  expect(overlap).toBeGreaterThan(0.99);
});

test("[SM4] the network that a lead chooses is the one that answers in the browser, and the default one again", async () => {
  const seat = await seatWith("wasm");
  // As learning writes it: here one that sees an object wherever it looks.
  const catalog = new DatabaseSync(join(server.dataDir, "catalog.sqlite"));
  catalog
    .prepare(
      "insert into model (id, projectId, kind, name, family, layer, report, createdBy, createdAt) values (?, ?, 'learnt', 'Eager', 'click-net', ?, null, 'x', '2026-01-01')",
    )
    .run(
      "eager-0001",
      projectId,
      JSON.stringify({ weights: Array(16).fill(0), weights4: null, bias: 100 }),
    );
  catalog.close();
  const badge = seat.page.getByTestId("engine");
  const choose = (model: string) => ana.send("PUT", `/api/projects/${projectId}/model`, { model });
  await choose("eager-0001");
  await badge.click();
  await seat.page.getByText("In use: Eager").waitFor();
  await seat.page.keyboard.press("Escape");
  await drawBox(seat);
  const eager = await storedMask();
  // All of the crop, which is wider than the box.
  const { width, height } = image;
  expect(bitmaskArea(eager)).toBeGreaterThan(0.75 * width * 0.68 * height);
  await choose("default");
  await badge.click();
  await seat.page.getByText(/In use: Limn/).waitFor();
  await seat.page.keyboard.press("Escape");
  await seat.key("Escape");
  await seat.waitForObjects(0);
  await drawBox(seat);
  expect(bitmaskArea(await storedMask())).toBeLessThan(0.7 * bitmaskArea(eager));
  await seat.close();
});
