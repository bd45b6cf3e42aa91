import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { invite, makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { drawTwoOffline, openContext, sitDown, takeSeat } from "./support/workspace.ts";

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let jo: ApiPerson;
let viewer: ApiPerson;
let projectId: string;
let images: { id: string; projectId: string; name: string }[];

interface Listed {
  items: { id: string; area: number; shape: string; classId: string }[];
}
const annotations = async (imageId: string) =>
  ((await ana.get(`/api/images/${imageId}/annotations`)) as Listed).items;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  ana = await makeOwner(server.origin);
  ({ id: projectId } = (await ana.send("POST", "/api/projects", { name: "Streets" })) as {
    id: string;
  });
  for (const name of ["car", "person"])
    await ana.send("POST", `/api/projects/${projectId}/classes`, { name });
  jo = await invite(server.origin, ana, projectId, {
    name: "Jo Lind",
    email: "jo@example.org",
    role: "labeler",
  });
  viewer = await invite(server.origin, ana, projectId, {
    name: "Vi Ewer",
    email: "vi@example.org",
    role: "viewer",
  });
  await ana.upload(`/api/projects/${projectId}/images`, [
    "apps/server/samples/paris-crossing.jpg",
    "apps/server/samples/pizza-table.jpg",
    "apps/server/samples/dogs.jpg",
    "apps/server/samples/fox-statues.jpg",
  ]);
  images = ((await ana.get(`/api/projects/${projectId}/images`)) as { items: typeof images }).items;
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const imageNamed = (name: string) => {
  const found = images.find((image) => image.name === name);
  if (!found) throw new Error(`${name} was not uploaded`);
  return found;
};

test("two people on one image see each other, brush on one mask together, and undo only their own work", async () => {
  const image = imageNamed("paris-crossing.jpg");
  const [one, two] = await Promise.all([
    takeSeat(browser, server.origin, ana, image),
    takeSeat(browser, server.origin, jo, image),
  ]);
  await one.page.getByRole("img", { name: "Jo Lind" }).waitFor();
  await two.page.getByRole("img", { name: "Ana Kovac" }).waitFor();

  await one.key("b");
  await one.drag([
    [0.2, 0.4],
    [0.3, 0.4],
    [0.35, 0.45],
  ]);
  await two.waitForObjects(1);
  await two.page.getByText("Ana Kovac · brush · car").waitFor();

  // Jo goes on with the mask that Ana began.
  await two.page.getByRole("button", { name: /^Car 1/ }).click();
  await two.key("b");
  await two.drag([
    [0.6, 0.5],
    [0.7, 0.5],
    [0.7, 0.6],
  ]);
  await two.waitForSaved();
  await one.page.getByText("Jo Lind", { exact: true }).first().waitFor();
  const both = await annotations(image.id);
  expect(both).toHaveLength(1);

  await one.drag([
    [0.2, 0.7],
    [0.3, 0.7],
  ]);
  await one.waitForSaved();
  const three = (await annotations(image.id))[0]?.area ?? 0;
  expect(three).toBeGreaterThan(both[0]?.area ?? 0);
  await two.key("Control+z");
  await two.waitForSaved();
  const withoutJo = (await annotations(image.id))[0]?.area ?? 0;
  expect(withoutJo).toBeLessThan(three);
  await one.key("Control+z");
  await one.key("Control+z");
  await one.waitForObjects(0);
  await two.waitForObjects(0);
  expect(one.complaints).toEqual([]);
  expect(two.complaints).toEqual([]);
  await Promise.all([one.close(), two.close()]);
});

test("a reload keeps the work and the undo stack", async () => {
  const image = imageNamed("pizza-table.jpg");
  const seat = await takeSeat(browser, server.origin, ana, image);
  await seat.key("r");
  await seat.drag([
    [0.3, 0.3],
    [0.5, 0.6],
  ]);
  await seat.key("p");
  await seat.key("2");
  await seat.click(0.6, 0.3);
  await seat.click(0.8, 0.3);
  await seat.click(0.7, 0.6);
  await seat.key("Enter");
  await seat.waitForObjects(2);
  await seat.waitForSaved();
  await seat.page.reload();
  await seat.waitForObjects(2);
  await seat.waitForSaved();
  await seat.page.getByRole("application").focus();
  await seat.key("Control+z");
  await seat.waitForObjects(1);
  await seat.waitForSaved();
  expect((await annotations(image.id)).map(({ shape }) => shape)).toEqual(["box"]);
  expect(seat.complaints).toEqual([]);
  await seat.close();
});

test("edits made offline are counted, survive a reload, and arrive when the connection is back", async () => {
  const image = imageNamed("dogs.jpg");
  const context = await openContext(browser, server.origin, jo);
  const seat = await sitDown(context, server.origin, image);
  await drawTwoOffline(seat);
  await seat.page.close({ runBeforeUnload: false });
  await context.setOffline(false);
  expect(await annotations(image.id)).toHaveLength(0);
  const again = await sitDown(context, server.origin, image);
  await again.waitForObjects(2);
  await again.waitForSaved();
  expect(await annotations(image.id)).toHaveLength(2);
  await again.close();
});

test("a killed server loses nothing that the screen called saved, and the page goes on when it is back", async () => {
  const image = imageNamed("fox-statues.jpg");
  const seat = await takeSeat(browser, server.origin, ana, image);
  await seat.key("r");
  await seat.drag([
    [0.3, 0.3],
    [0.4, 0.5],
  ]);
  await seat.waitForObjects(1);
  await seat.waitForSaved();
  await server.kill();
  await expect.poll(seat.saveState, { timeout: 20_000 }).toContain("Offline");
  await seat.drag([
    [0.5, 0.3],
    [0.6, 0.5],
  ]);
  await server.restart();
  await seat.waitForSaved();
  expect(await annotations(image.id)).toHaveLength(2);
  await seat.close();
});

test("a viewer sees and cannot draw; the tools are not there and the server would refuse", async () => {
  const image = imageNamed("pizza-table.jpg");
  const seat = await takeSeat(browser, server.origin, viewer, image);
  await seat.waitForObjects(1);
  expect(await seat.page.getByRole("button", { name: "Brush" }).count()).toBe(0);
  await seat.page.getByText("View only").waitFor();
  await seat.key("b");
  await seat.drag([
    [0.3, 0.3],
    [0.4, 0.5],
  ]);
  await seat.page.getByText(/not draw on it/).waitFor();
  await seat.waitForObjects(1);
  await expect(
    viewer.send("POST", `/api/images/${image.id}/annotations`, {
      annotations: [{ classId: "x", bbox: [1, 1, 5, 5] }],
    }),
  ).rejects.toThrow("403");
  await seat.close();
});
