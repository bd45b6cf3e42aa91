import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PASSWORD } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";

let server: ServerProcess;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "limn-newcomer-"));
  [server, browser] = await Promise.all([startServer({ LIMN_SAMPLE: "1" }), launchBrowser()]);
  context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  page = await context.newPage();
});
afterAll(async () => {
  await browser?.close();
  await server?.remove();
  await rm(folder, { recursive: true, force: true });
});

async function fillAccount(on: Page, name: string, email: string): Promise<void> {
  await on.getByLabel("Your name").fill(name);
  await on.getByLabel("E-mail").fill(email);
  await on.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
}

test("a newcomer makes the account, sees the sample, adds photos, invites somebody, and exports what they drew", async () => {
  // The owner's account, with mistakes answered in words first.
  await page.goto(server.origin);
  await page.getByRole("button", { name: "Create account and start" }).click();
  await page.getByText("A name is needed; colleagues see it.").waitFor();
  await page.getByText("A password has at least 8 characters.").waitFor();
  await fillAccount(page, "Ana Kovac", "ana@example.org");
  await page.getByRole("button", { name: "Create account and start" }).click();

  // The sample project opens: photos with finished objects.
  await page.getByRole("link", { name: "Open paris-crossing.jpg" }).waitFor();
  await page.getByText(/16 objects/).waitFor({ timeout: 30_000 });

  // A project of one's own, with photos, one of them no photo at all.
  await page.getByRole("link", { name: "Limn, all projects" }).click();
  await page.getByRole("button", { name: "New project" }).click();
  await page.getByLabel("Name").fill("Breakfast");
  await page.getByRole("button", { name: "Make project" }).click();
  await page.getByText("No images yet").waitFor();
  const broken = join(folder, "broken.jpg");
  await writeFile(broken, (await readFile("apps/server/samples/dogs.jpg")).subarray(0, 20_000));
  const empty = join(folder, "empty.png");
  await writeFile(empty, "");
  await page
    .getByLabel("Choose files")
    .setInputFiles([
      "apps/server/samples/fig-bowl.jpg",
      "apps/server/samples/pizza-table.jpg",
      broken,
      empty,
    ]);
  await page.getByText("4 files looked at").waitFor();
  const uploads = page
    .getByRole("region", { name: "Uploads" })
    .or(page.locator('section[aria-label="Uploads"]'));
  expect(await uploads.first().getByText("refused").count()).toBe(2);
  await page.getByText("2 images", { exact: true }).waitFor();

  // Classes, and a colleague who joins by link as a labeler.
  await page.getByRole("link", { name: "Classes" }).click();
  await page.getByLabel("New class").fill("pizza");
  await page.getByRole("button", { name: "Add class" }).click();
  await page.getByLabel("Name of the class").waitFor();
  await page.getByRole("link", { name: "People" }).click();
  await page.getByRole("button", { name: "Make invitation link" }).click();
  const link = await page.getByLabel(/Invitation link/).inputValue();
  const other = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  const jo = await other.newPage();
  await jo.goto(link);
  await jo.getByRole("heading", { name: "Join Breakfast" }).waitFor();
  await fillAccount(jo, "Jo Lind", "jo@example.org");
  await jo.getByRole("button", { name: "Create account and join" }).click();
  await jo.getByRole("link", { name: "Open pizza-table.jpg" }).waitFor();
  await page.getByText("jo@example.org").waitFor();

  // Jo draws; the owner's grid shows who is where and the objects, without a reload.
  await page.getByRole("link", { name: "Images" }).click();
  await jo.getByRole("link", { name: "Open pizza-table.jpg" }).click();
  await jo.getByRole("application").locator("canvas").waitFor();
  await page.locator("article").getByRole("img", { name: "Jo Lind" }).waitFor();
  await jo.keyboard.press("r");
  const box = await jo.getByRole("application").boundingBox();
  if (!box) throw new Error("no canvas");
  await jo.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
  await jo.mouse.down();
  await jo.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.6, { steps: 4 });
  await jo.mouse.up();
  await page.getByText("1 object", { exact: false }).first().waitFor({ timeout: 20_000 });

  // Export: a job with a receipt and a file that holds the object.
  await page.getByRole("link", { name: "Import / Export" }).click();
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await page.getByText("2 images, 1 object, 1 class").waitFor({ timeout: 30_000 });
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: /\.(json|zip)$/ }).click();
  const path = join(folder, "export.json");
  await (await download).saveAs(path);
  const coco = JSON.parse(await readFile(path, "utf8")) as {
    images: { file_name: string }[];
    annotations: { id: number; iscrowd: number; category_id: number }[];
    categories: { id: number; name: string }[];
  };
  expect(coco.images.map((image) => image.file_name).toSorted()).toEqual([
    "fig-bowl.jpg",
    "pizza-table.jpg",
  ]);
  expect(coco.annotations).toHaveLength(1);
  expect(coco.annotations[0]).toMatchObject({
    id: 1,
    iscrowd: 0,
    category_id: coco.categories[0]?.id,
  });
  expect(coco.categories.map((category) => category.name)).toEqual(["pizza"]);

  // And in again, tried first without writing.
  await page.locator('input[type="file"]').setInputFiles(path);
  await page.getByRole("button", { name: "Try without writing" }).click();
  await expect.poll(() => page.getByText(/Import · done/).count(), { timeout: 30_000 }).toBe(1);
  await other.close();
});

test("a stranger who follows a link signs in and arrives where the link led", async () => {
  const stranger = await browser.newContext();
  const visit = await stranger.newPage();
  await visit.goto(`${server.origin}/account`);
  await visit.getByRole("heading", { name: "Sign in to Limn" }).waitFor();
  await visit.getByLabel("E-mail").fill("ana@example.org");
  await visit.getByRole("textbox", { name: "Password" }).fill("not the password");
  await visit.getByRole("button", { name: "Sign in" }).click();
  await visit.getByRole("alert").getByText(/wrong/).waitFor();
  await visit.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await visit.getByRole("button", { name: "Sign in" }).click();
  await visit.getByRole("heading", { name: "API tokens" }).waitFor();
  expect(new URL(visit.url()).pathname).toBe("/account");
  await stranger.close();
});
