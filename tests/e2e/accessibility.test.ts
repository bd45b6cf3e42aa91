import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeOwner, type ApiPerson } from "./support/api.ts";
import { launchBrowser } from "./support/browser.ts";
import { startServer, type ServerProcess } from "./support/server-process.ts";
import { openContext } from "./support/workspace.ts";

let fresh: ServerProcess;
let server: ServerProcess;
let browser: Browser;
let ana: ApiPerson;
let projectId: string;
let imageId: string;
let invitePath: string;

beforeAll(async () => {
  [fresh, server, browser] = await Promise.all([startServer(), startServer(), launchBrowser()]);
  ana = await makeOwner(server.origin);
  ({ id: projectId } = (await ana.send("POST", "/api/projects", { name: "Food" })) as {
    id: string;
  });
  const { id: classId } = (await ana.send("POST", `/api/projects/${projectId}/classes`, {
    name: "pizza",
  })) as { id: string };
  ({ path: invitePath } = (await ana.send("POST", `/api/projects/${projectId}/invitations`, {
    role: "labeler",
  })) as { path: string });
  const { items } = (await ana.upload(`/api/projects/${projectId}/images`, [
    "apps/server/samples/pizza-table.jpg",
  ])) as {
    items: { image: { id: string } }[];
  };
  imageId = items[0]?.image.id ?? "";
  await ana.send("POST", `/api/images/${imageId}/annotations`, {
    annotations: [{ classId, bbox: [100, 100, 200, 150] }],
  });
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([fresh?.remove(), server?.remove()]);
});

/** Text that is still fading in has no contrast of its own. */
async function fadedIn(shown: Locator): Promise<void> {
  const opacity = (): Promise<number> =>
    shown.evaluate((element) => {
      let product = 1;
      for (let at: Element | null = element; at; at = at.parentElement)
        product *= Number(getComputedStyle(at).opacity);
      return product;
    });
  await expect.poll(opacity, { timeout: 10_000 }).toBe(1);
}

/** Serious and critical faults; the rest is advice. */
async function seriousFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join("; ")}`);
}

for (const scheme of ["dark", "light"] as const)
  test(`no page has a serious fault for people with disabilities, ${scheme}`, async () => {
    const outside = await browser.newContext({
      colorScheme: scheme,
      viewport: { width: 1280, height: 720 },
    });
    const context = await openContext(browser, server.origin, ana);
    const found: string[] = [];
    const visit = async (page: Page, url: string, ready: string): Promise<void> => {
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(url);
      await page.getByText(ready).first().waitFor();
      for (const fault of await seriousFaults(page)) found.push(`${url} ${fault}`);
    };
    const stranger = await outside.newPage();
    await visit(stranger, `${fresh.origin}/setup`, "Create account and start");
    await visit(stranger, `${server.origin}/sign-in`, "Sign in to Limn");
    await visit(stranger, server.origin + invitePath, "Create account and join");
    await visit(stranger, `${server.origin}/invite/wrong`, "does not work");
    const page = await context.newPage();
    await visit(page, server.origin, "Last activity");
    await visit(page, `${server.origin}/account`, "API tokens");
    const project = `${server.origin}/projects/${projectId}`;
    await visit(page, project, "pizza-table.jpg");
    await visit(page, `${project}/classes`, "New class");
    await visit(page, `${project}/people`, "Make invitation link");
    await visit(page, `${project}/model`, "Model");
    await visit(page, `${project}/transfer`, "Import / Export");
    await visit(page, `${project}/settings`, "Delete the project");
    await visit(page, `${server.origin}/nowhere`, "There is nothing at this address");
    await visit(page, `${project}/images/${imageId}`, "Pizza 1");
    await page.getByRole("button", { name: /^Pizza 1/ }).click();
    await page.keyboard.press("F1");
    const keys = page.getByRole("dialog", { name: "Keys" });
    await keys.waitFor();
    await fadedIn(keys);
    for (const fault of await seriousFaults(page)) found.push(`keys ${fault}`);
    expect(found).toEqual([]);
    await Promise.all([outside.close(), context.close()]);
  });
