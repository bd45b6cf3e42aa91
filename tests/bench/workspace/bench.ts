import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { makeOwner, type ApiPerson } from "../../e2e/support/api.ts";
import { launchBrowser } from "../../e2e/support/browser.ts";
import { startServer } from "../../e2e/support/server-process.ts";
import { openContext } from "../../e2e/support/workspace.ts";
import { giveHand } from "../hand.ts";
import { median, percentile, round } from "../rooms/statistics.ts";
import { makeScenes, type Scene } from "./scenes.ts";

// Times are of the page's main thread: what our code and pixi do for a frame, uploads included. The draw calls themselves
// are counted and dropped: a headless browser would carry them out in software, some 20 s a frame for 10,000 polygons,
// which says nothing about a graphics card. The empty image is the baseline.

const WINDOW = { width: 800, height: 500 };
const FRAMES = 60;
const SCENES = [
  { name: "empty", objects: 0 },
  { name: "10,000 polygons", objects: 10_000 },
  { name: "500 masks", objects: 500 },
] as const;
type SceneName = (typeof SCENES)[number]["name"];

interface Opening {
  /** From asking for the page to all objects in the list, and to all of them measured and handed to the graphics card. */
  readonly listedMs: number;
  readonly uploadedMs: number;
}

async function openScene(
  browser: Browser,
  origin: string,
  ana: ApiPerson,
  scene: Scene,
  objects: number,
) {
  const context = await openContext(browser, origin, ana);
  await giveHand(context);
  await dropDrawCalls(context);
  const page = await context.newPage();
  await page.setViewportSize(WINDOW);
  const began = performance.now();
  await page.goto(`${origin}/projects/${scene.projectId}/images/${scene.id}`);
  await page.waitForFunction(
    (count) => document.querySelector('[aria-label="Objects"] h2 + span')?.textContent === count,
    objects.toLocaleString("en"),
    { timeout: 120_000 },
  );
  const listedMs = performance.now() - began;
  await settle(page);
  return {
    page,
    context,
    opening: { listedMs, uploadedMs: performance.now() - began } satisfies Opening,
  };
}

declare global {
  interface Window {
    drawCalls: number;
  }
}

function dropDrawCalls(context: BrowserContext): Promise<unknown> {
  return context.addInitScript(() => {
    window.drawCalls = 0;
    const count = (): void => {
      window.drawCalls++;
    };
    Object.assign(WebGL2RenderingContext.prototype, {
      drawArrays: count,
      drawArraysInstanced: count,
      drawElements: count,
      drawElementsInstanced: count,
    });
  });
}

/** Until everything is measured and has been drawn, and nothing more is drawn (the picture's tiles come one by one). */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(
    async () => {
      if (!document.querySelector('[role="application"] canvas')) return false;
      const { complete, frames } = window.hand.stage();
      const before = frames.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return complete && before > 0 && window.hand.stage().frames.length === before;
    },
    undefined,
    { timeout: 120_000, polling: 50 },
  );
}

/** Main-thread milliseconds per frame while the picture is dragged about with the middle button. */
function measurePanning(
  page: Page,
  zoomSteps: number,
): Promise<{ costs: number[]; drawCalls: number }> {
  return page.evaluate(
    async ([steps = 0, count = 0]) => {
      const { hand } = window;
      for (let i = 0; i < steps; i++) {
        hand.wheel(-200);
        await hand.drawn();
      }
      const costs: number[] = [];
      const callsBefore = window.drawCalls;
      hand.press(0.5, 0.5, 1);
      for (let i = 1; i <= count; i++) {
        const before = hand.stage().frames.length;
        hand.move(0.5 + 0.1 * Math.sin(i / 9), 0.5 + 0.1 * Math.sin(i / 7));
        await hand.drawn();
        costs.push(...hand.stage().frames.slice(before));
      }
      const drawCalls = (window.drawCalls - callsBefore) / Math.max(1, costs.length);
      hand.release(0.5, 0.5);
      await hand.drawn();
      return { costs, drawCalls };
    },
    [zoomSteps, FRAMES],
  );
}

interface Brushing {
  readonly handlerMs: readonly number[];
  readonly frameMs: readonly number[];
}

/** A stroke across the picture: cost of the event itself, and of the frame that shows it. */
async function measureBrush(page: Page, radius: number): Promise<Brushing> {
  await page.evaluate((wanted) => {
    const stored = JSON.parse(localStorage.getItem("limn.settings") ?? "{}") as object;
    localStorage.setItem("limn.settings", JSON.stringify({ ...stored, brushRadius: wanted }));
  }, radius);
  await page.reload();
  await page.getByTestId("save-state").getByText("Saved").waitFor({ timeout: 60_000 });
  await settle(page);
  await page.keyboard.press("b");
  return page.evaluate(async () => {
    const { hand } = window;
    const handlerMs: number[] = [];
    const frameMs: number[] = [];
    hand.move(0.2, 0.5);
    hand.press(0.2, 0.5);
    await hand.drawn();
    for (let i = 1; i <= 60; i++) {
      const frames = hand.stage().frames.length;
      const began = performance.now();
      hand.move(0.2 + 0.01 * i, 0.5 + 0.2 * Math.sin(i / 6));
      handlerMs.push(performance.now() - began);
      await hand.drawn();
      // What the event cost later, all frames that it led to.
      frameMs.push(
        hand
          .stage()
          .frames.slice(frames)
          .reduce((sum, ms) => sum + ms, 0),
      );
    }
    hand.release(0.8, 0.5);
    return { handlerMs, frameMs };
  });
}

/** Opening, panning and brushing on images of 12 megapixels, beside an empty one. */
export async function run(args: readonly string[]): Promise<unknown> {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: "string", default: "1" }, rounds: { type: "string", default: "2" } },
  });
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const ana = await makeOwner(server.origin);
    const scenes = await makeScenes(server.origin, ana, Number(values.seed));
    const byName: Record<SceneName, Scene> = {
      empty: scenes.empty,
      "10,000 polygons": scenes.polygons,
      "500 masks": scenes.masks,
    };
    const measured = new Map(
      SCENES.map(({ name }) => [
        name,
        {
          openings: [] as Opening[],
          fitted: [] as number[],
          zoomed: [] as number[],
          drawCalls: [] as number[],
        },
      ]),
    );
    for (let i = 0; i < Number(values.rounds); i++)
      for (const { name, objects } of SCENES) {
        const { page, context, opening } = await openScene(
          browser,
          server.origin,
          ana,
          byName[name],
          objects,
        );
        const fitted = await measurePanning(page, 0);
        const zoomed = await measurePanning(page, 4);
        const figures = measured.get(name);
        figures?.openings.push(opening);
        figures?.fitted.push(...fitted.costs);
        figures?.zoomed.push(...zoomed.costs);
        figures?.drawCalls.push(fitted.drawCalls);
        await context.close();
      }
    const { page, context } = await openScene(browser, server.origin, ana, scenes.empty, 0);
    const brushes = [];
    for (const radius of [200, 10]) {
      const { handlerMs, frameMs } = await measureBrush(page, radius);
      const both = handlerMs.map((ms, i) => ms + (frameMs[i] ?? 0));
      brushes.push({
        "radius px": radius,
        "event ms": median(handlerMs),
        "frame ms": median(frameMs),
        "both ms": median(both),
        p95: percentile(both, 0.95),
      });
    }
    await context.close();

    const baseline = median(measured.get("empty")?.fitted ?? []) ?? 1;
    const table = [...measured].map(([name, { openings, fitted, zoomed, drawCalls }]) => ({
      image: name,
      "open, listed ms": round(median(openings.map((one) => one.listedMs)) ?? 0, 0),
      "open, uploaded ms": round(median(openings.map((one) => one.uploadedMs)) ?? 0, 0),
      "pan ms/frame": median(fitted),
      "pan p95": percentile(fitted, 0.95),
      "x empty": round((median(fitted) ?? 0) / baseline),
      "zoomed in": median(zoomed),
      "draw calls": round(median(drawCalls) ?? 0, 0),
    }));
    console.table(table);
    console.table(brushes);
    return { bench: "workspace", cpu: cpus()[0]?.model, cores: cpus().length, table, brushes };
  } finally {
    await browser.close();
    await server.remove();
  }
}
