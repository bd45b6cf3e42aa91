import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { invite, makeOwner, PASSWORD, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { openContext, sitDown, takeSeat } from "./support/workspace.ts";

let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let jo: ApiPerson;
let projectId: string;
let classIds: string[];

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  ana = await makeOwner(server.origin);
  ({ id: projectId } = (await ana.send("POST", "/api/projects", { name: "Food" })) as {
    id: string;
  });
  classIds = [];
  for (const name of ["pizza", "plate"]) {
    const made = (await ana.send("POST", `/api/projects/${projectId}/classes`, { name })) as {
      id: string;
    };
    classIds.push(made.id);
  }
  jo = await invite(server.origin, ana, projectId, {
    name: "Jo Lind",
    email: "jo@example.org",
    role: "labeler",
  });
});
// Also when the test that ends the session has failed.
afterEach(async () => {
  jo = await signInAgain("jo@example.org");
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
});

const SAMPLES = [
  "pizza-table",
  "road-patches",
  "nuclei",
  "fox-statues",
  "dogs",
  "dragonfly",
  "paris-crossing",
];
let taken = 0;
async function freshImage() {
  const name = `${SAMPLES[taken++] ?? "no picture left"}.jpg`;
  const { items } = (await ana.upload(`/api/projects/${projectId}/images`, [
    `apps/server/samples/${name}`,
  ])) as {
    items: { image: { id: string; projectId: string } }[];
  };
  const image = items[0]?.image;
  if (!image) throw new Error("nothing was uploaded");
  return image;
}
const stored = async (imageId: string) =>
  ((await ana.get(`/api/images/${imageId}/annotations`)) as { items: { classId: string }[] }).items;

test("a session that ends while drawing is renewed in place, and the edits go out then", async () => {
  const image = await freshImage();
  const seat = await takeSeat(browser, server.origin, jo, image);
  await jo.send("DELETE", "/api/session");
  const dialog = seat.page.getByRole("dialog", { name: "Sign in again" });
  await dialog.waitFor();
  await seat.page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await seat.page.getByRole("application").focus();
  await seat.key("r");
  await seat.drag([
    [0.3, 0.3],
    [0.4, 0.5],
  ]);
  await seat.waitForObjects(1);
  expect(await stored(image.id)).toHaveLength(0);
  await seat.page.getByTestId("save-state").getByText("Problem").waitFor();
  await seat.page.getByText("Your session has ended; your edits are kept").waitFor();
  await seat.page.getByRole("button", { name: "Sign in", exact: true }).click();
  await seat.page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await seat.page.getByRole("dialog").getByRole("button", { name: "Sign in" }).click();
  await seat.waitForSaved();
  expect(await stored(image.id)).toHaveLength(1);
  await seat.close();
});

async function signInAgain(email: string): Promise<ApiPerson> {
  const response = await fetch(`${server.origin}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.origin },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  return { ...jo, cookie };
}

test("an image that is deleted while somebody draws on it says so, and its objects come back with it", async () => {
  const image = await freshImage();
  const seat = await takeSeat(browser, server.origin, jo, image);
  await seat.key("r");
  await seat.drag([
    [0.3, 0.3],
    [0.4, 0.5],
  ]);
  await seat.waitForObjects(1);
  await seat.waitForSaved();
  await ana.send("DELETE", `/api/images/${image.id}`);
  await seat.page.getByRole("heading", { name: "This image is closed" }).waitFor();
  await seat.page.getByText(/no longer there/).waitFor();
  await ana.send("POST", `/api/images/${image.id}/restore`);
  expect(await stored(image.id)).toHaveLength(1);
  await seat.close();
});

test("a list of images that changes during a drag takes nothing from it", async () => {
  const image = await freshImage();
  const seat = await takeSeat(browser, server.origin, jo, image);
  const canvas = await seat.page.getByRole("application").locator("canvas").elementHandle();
  const position = seat.page.getByTestId("position");
  await position.waitFor();
  const before = await position.textContent();
  await seat.key("r");
  await seat.drag(
    [
      [0.3, 0.3],
      [0.4, 0.5],
    ],
    { hold: true },
  );
  await freshImage();
  await expect.poll(() => position.textContent(), { timeout: 15_000 }).not.toBe(before);
  await seat.page.mouse.up();
  await seat.waitForObjects(1);
  await seat.waitForSaved();
  expect(await stored(image.id)).toHaveLength(1);
  // The stage is the one that was there.
  expect(await canvas?.evaluate((element) => element.isConnected)).toBe(true);
  await seat.close();
});

test("a class that is removed while in use leaves its objects, marked, and gives them back when restored", async () => {
  const image = await freshImage();
  const seat = await takeSeat(browser, server.origin, jo, image);
  await seat.key("2");
  await seat.key("r");
  await seat.drag([
    [0.3, 0.3],
    [0.4, 0.5],
  ]);
  await seat.waitForSaved();
  expect((await stored(image.id))[0]?.classId).toBe(classIds[1]);
  await ana.send("DELETE", `/api/classes/${classIds[1]}`);
  await seat.page.getByText("plate (class removed)").waitFor();
  // Drawing goes on, in a class that is there.
  await seat.drag([
    [0.5, 0.3],
    [0.6, 0.5],
  ]);
  await seat.waitForObjects(2);
  await seat.waitForSaved();
  expect((await stored(image.id)).map(({ classId }) => classId)).toEqual([
    classIds[1],
    classIds[0],
  ]);
  await ana.send("PATCH", `/api/classes/${classIds[1]}`, { removed: false });
  await seat.page.getByText("plate", { exact: true }).first().waitFor();
  expect(await seat.page.getByText("class removed").count()).toBe(0);
  await seat.close();
});

test("two tabs of one person are two collaborators; nothing is overwritten", async () => {
  const image = await freshImage();
  const context = await openContext(browser, server.origin, jo);
  const one = await sitDown(context, server.origin, image);
  const two = await sitDown(context, server.origin, image);
  await one.page.bringToFront();
  await one.key("r");
  await one.drag([
    [0.3, 0.3],
    [0.4, 0.5],
  ]);
  await two.page.bringToFront();
  await two.waitForObjects(1);
  await two.key("r");
  await two.drag([
    [0.5, 0.3],
    [0.6, 0.5],
  ]);
  await two.waitForObjects(2);
  await two.waitForSaved();
  await one.waitForObjects(2);
  // Undo in one tab takes back what this tab did.
  await one.page.bringToFront();
  await one.key("Control+z");
  await one.waitForObjects(1);
  await two.waitForObjects(1);
  await one.waitForSaved();
  expect(await stored(image.id)).toHaveLength(1);
  await context.close();
});

test("rights that change while the image is open count at once", async () => {
  const image = await freshImage();
  const seat = await takeSeat(browser, server.origin, jo, image);
  const { items } = (await ana.get(`/api/projects/${projectId}/members`)) as {
    items: { userId: string; email: string }[];
  };
  const userId = items.find(({ email }) => email === "jo@example.org")?.userId ?? "";
  await ana.send("PATCH", `/api/projects/${projectId}/members/${userId}`, { role: "viewer" });
  await seat.page.getByText("View only").waitFor();
  expect(await seat.page.getByRole("button", { name: "Brush" }).count()).toBe(0);
  await ana.send("PATCH", `/api/projects/${projectId}/members/${userId}`, { role: "labeler" });
  await seat.page.getByRole("button", { name: "Brush" }).waitFor();
  await seat.close();
});
