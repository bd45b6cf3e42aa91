import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { makeOwner, type ApiPerson } from "../../e2e/support/api.ts";
import { launchBrowser } from "../../e2e/support/browser.ts";
import { startServer } from "../../e2e/support/server-process.ts";
import { openContext } from "../../e2e/support/workspace.ts";
import { median, percentile, round } from "../rooms/statistics.ts";
import { makeScenes, type Scene } from "./scenes.ts";

// Times are of the page's main thread: what our code and pixi do. The headless browser draws in software, in another
// process, which is no part of them. The empty image is the baseline.

interface Opening {
  /** From asking for the page to all objects in the list, and to a drawn picture with all of them measured. */
  readonly listedMs: number;
  readonly drawnMs: number;
}

async function openScene(
  browser: Browser,
  origin: string,
  ana: ApiPerson,
  scene: Scene,
  objects: number,
) {
  const context = await openContext(browser, origin, ana);
  const page = await context.newPage();
  await page.setViewportSize({ width: 900, height: 600 });
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
    opening: { listedMs, drawnMs: performance.now() - began } satisfies Opening,
  };
}

/** Until everything is measured and has been drawn once. */
async function settle(page: Page): Promise<void> {
  await page.waitForFunction(
    () => {
      const host = document.querySelector('[role="application"]') as unknown as {
        stageCost?: () => { frames: number[]; complete: boolean };
      } | null;
      const cost = host?.stageCost?.();
      return cost !== undefined && cost.complete && cost.frames.length > 0;
    },
    undefined,
    { timeout: 120_000, polling: 50 },
  );
}

/** Main-thread milliseconds per frame while the picture is dragged about with the middle button. */
async function measurePanning(page: Page, zoom: number): Promise<number[]> {
  return page.evaluate(async (steps) => {
    const host = document.querySelector('[role="application"]') as HTMLElement & {
      stageCost: () => { frames: number[] };
    };
    const box = host.getBoundingClientRect();
    const center = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let i = 0; i < steps; i++) {
      host.dispatchEvent(
        new WheelEvent("wheel", { deltaY: -200, bubbles: true, cancelable: true, ...center }),
      );
      await frame();
    }
    const send = (type: string, x: number, y: number) =>
      host.dispatchEvent(
        new PointerEvent(type, {
          pointerId: 1,
          button: type === "pointermove" ? -1 : 1,
          buttons: 4,
          clientX: center.clientX + x,
          clientY: center.clientY + y,
          bubbles: true,
        }),
      );
    host.setPointerCapture = () => {};
    send("pointerdown", 0, 0);
    // A headless browser draws full images about once a second, so few frames have to do; the cost is not in drawing.
    const count = 24;
    for (let i = 1; i <= count; i++) {
      send("pointermove", 150 * Math.sin(i / 9), 100 * Math.cos(i / 7));
      await frame();
    }
    send("pointerup", 0, 0);
    await frame();
    return host.stageCost().frames.slice(-count);
  }, zoom);
}

interface Brushing {
  readonly handlerMs: readonly number[];
  readonly frameMs: readonly number[];
}

/** A stroke across the picture: cost of the event itself, and of the frame that shows it. */
async function measureBrush(page: Page, radius: number): Promise<Brushing> {
  await page.getByRole("button", { name: "Brush" }).click();
  await page.evaluate((wanted) => {
    const stored = JSON.parse(localStorage.getItem("limn.settings") ?? "{}") as object;
    localStorage.setItem("limn.settings", JSON.stringify({ ...stored, brushRadius: wanted }));
  }, radius);
  await page.reload();
  await page.getByRole("application").locator("canvas").waitFor();
  await page.getByTestId("save-state").getByText("Saved").waitFor({ timeout: 60_000 });
  await settle(page);
  await page.keyboard.press("b");
  return page.evaluate(async () => {
    const host = document.querySelector('[role="application"]') as HTMLElement & {
      stageCost: () => { frames: number[] };
    };
    const box = host.getBoundingClientRect();
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const send = (type: string, x: number, y: number) =>
      host.dispatchEvent(
        new PointerEvent(type, {
          pointerId: 1,
          button: type === "pointermove" ? -1 : 0,
          buttons: 1,
          clientX: box.left + x * box.width,
          clientY: box.top + y * box.height,
          bubbles: true,
        }),
      );
    host.setPointerCapture = () => {};
    const handlerMs: number[] = [];
    const frameMs: number[] = [];
    send("pointermove", 0.2, 0.3);
    send("pointerdown", 0.2, 0.3);
    await frame();
    for (let i = 1; i <= 60; i++) {
      const began = performance.now();
      send("pointermove", 0.2 + 0.01 * i, 0.5 + 0.2 * Math.sin(i / 6));
      handlerMs.push(performance.now() - began);
      await frame();
      await frame();
      frameMs.push(host.stageCost().frames.at(-1) ?? 0);
    }
    send("pointerup", 0.8, 0.5);
    return { handlerMs, frameMs };
  });
}

const figuresOf = (values: readonly number[]) => ({
  median: median(values),
  p95: percentile(values, 0.95),
});

/** Opening, panning and brushing on images of 12 megapixels, beside an empty one. */
export async function run(args: readonly string[]): Promise<unknown> {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: "string", default: "1" }, rounds: { type: "string", default: "3" } },
  });
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const ana = await makeOwner(server.origin);
    const scenes = await makeScenes(server.origin, ana, Number(values.seed));
    const openings: Record<string, Opening[]> = { empty: [], polygons: [], masks: [] };
    const panning: Record<string, number[]> = { empty: [], polygons: [], masks: [] };
    const zoomed: Record<string, number[]> = { empty: [], polygons: [], masks: [] };
    for (let i = 0; i < Number(values.rounds); i++)
      for (const [name, objects] of [
        ["empty", 0],
        ["polygons", 10_000],
        ["masks", 500],
      ] as const) {
        const { page, context, opening } = await openScene(
          browser,
          server.origin,
          ana,
          scenes[name],
          objects,
        );
        openings[name]?.push(opening);
        panning[name]?.push(...(await measurePanning(page, 0)));
        zoomed[name]?.push(...(await measurePanning(page, 4)));
        await context.close();
      }
    const { page, context } = await openScene(browser, server.origin, ana, scenes.empty, 0);
    const large = await measureBrush(page, 200);
    const small = await measureBrush(page, 10);
    await context.close();

    const table = ["empty", "polygons", "masks"].map((name) => {
      const rounds = openings[name] ?? [];
      const fitted = figuresOf(panning[name] ?? []);
      return {
        image: name === "polygons" ? "10,000 polygons" : name === "masks" ? "500 masks" : "empty",
        "open, listed ms": round(median(rounds.map((one) => one.listedMs)) ?? 0, 0),
        "open, drawn ms": round(median(rounds.map((one) => one.drawnMs)) ?? 0, 0),
        "pan ms/frame": fitted.median,
        "pan p95": fitted.p95,
        "x empty": round((fitted.median ?? 0) / (median(panning["empty"] ?? []) || 1)),
        "zoomed in": figuresOf(zoomed[name] ?? []).median,
      };
    });
    console.table(table);
    const brush = [200, 10].map((radius) => {
      const one = radius === 200 ? large : small;
      const both = one.handlerMs.map((ms, i) => ms + (one.frameMs[i] ?? 0));
      return {
        "radius px": radius,
        "event ms": median(one.handlerMs),
        "frame ms": median(one.frameMs),
        "both ms": median(both),
        p95: percentile(both, 0.95),
      };
    });
    console.table(brush);
    return { bench: "workspace", cpu: cpus()[0]?.model, cores: cpus().length, table, brush };
  } finally {
    await browser.close();
    await server.remove();
  }
}
