import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { makeOwner, type ApiPerson } from "../../e2e/support/api.ts";
import { launchBrowser } from "../../e2e/support/browser.ts";
import { startServer } from "../../e2e/support/server-process.ts";
import { openContext, sitDown } from "../../e2e/support/workspace.ts";
import { createRandom, median, percentile, round } from "../rooms/statistics.ts";

// From the release of the mouse button to the frame in which the mask is drawn, as a person sees it; a headless browser
// draws that frame in software, which is part of the figure. WebGPU needs a real graphics card and is left out here.

const ENGINES = ["wasm", "server"] as const;

interface Sample {
  /** Release to drawn mask. */
  readonly shownMs: number;
  /** Question to answer, by the badge. */
  readonly answeredMs: number;
}

/** Draws a box with dispatched events and waits for the object and the frame after it. */
function drawBox(page: Page, box: readonly [number, number, number, number]): Promise<Sample> {
  return page.evaluate(async ([x0, y0, x1, y1]) => {
    const host = document.querySelector('[role="application"]') as HTMLElement;
    const area = host.getBoundingClientRect();
    host.setPointerCapture = () => {};
    const count = () =>
      document.querySelector('[aria-label="Objects"] h2 + span')?.textContent ?? "";
    const send = (type: string, x: number, y: number) =>
      host.dispatchEvent(
        new PointerEvent(type, {
          pointerId: 1,
          button: type === "pointermove" ? -1 : 0,
          buttons: 1,
          clientX: area.left + x * area.width,
          clientY: area.top + y * area.height,
          bubbles: true,
        }),
      );
    send("pointermove", x0, y0);
    send("pointerdown", x0, y0);
    send("pointermove", (x0 + x1) / 2, (y0 + y1) / 2);
    send("pointermove", x1, y1);
    const before = count();
    const began = performance.now();
    send("pointerup", x1, y1);
    await new Promise<void>((resolve) => {
      const deadline = performance.now() + 20_000;
      const check = () => {
        if (count() !== before || performance.now() > deadline) resolve();
        else requestAnimationFrame(check);
      };
      check();
    });
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const shownMs = performance.now() - began;
    const badge = document.querySelector('[data-testid="engine"]')?.textContent ?? "";
    return { shownMs, answeredMs: Number(/(\d+) ms/.exec(badge)?.[1] ?? Number.NaN) };
  }, box);
}

async function measure(
  browser: Browser,
  origin: string,
  ana: ApiPerson,
  image: { id: string; projectId: string },
  engine: (typeof ENGINES)[number],
  boxes: readonly (readonly [number, number, number, number])[],
): Promise<Sample[]> {
  const context = await openContext(browser, origin, ana);
  await context.addInitScript((name) => localStorage.setItem("limn.engine", name), engine);
  const seat = await sitDown(context, origin, image);
  await seat.page
    .getByTestId("engine")
    .getByText(engine === "wasm" ? "CPU" : "server")
    .waitFor({ timeout: 60_000 });
  await seat.key("s");
  const samples: Sample[] = [];
  for (const box of boxes) {
    samples.push(await drawBox(seat.page, box));
    await seat.page.keyboard.press("Enter");
  }
  await context.close();
  // The first box of a page also waits for the picture to be decoded.
  return samples.slice(1);
}

export async function run(args: readonly string[]): Promise<unknown> {
  const { values } = parseArgs({
    args: [...args],
    options: { boxes: { type: "string", default: "15" }, rounds: { type: "string", default: "2" } },
  });
  const server = await startServer();
  const browser = await launchBrowser();
  try {
    const ana = await makeOwner(server.origin);
    const { id: projectId } = (await ana.send("POST", "/api/projects", { name: "Bench" })) as {
      id: string;
    };
    await ana.send("POST", `/api/projects/${projectId}/classes`, { name: "thing" });
    const { items } = (await ana.upload(`/api/projects/${projectId}/images`, [
      "apps/server/samples/paris-crossing.jpg",
    ])) as { items: { image: { id: string; projectId: string } }[] };
    const image = items[0]?.image;
    if (!image) throw new Error("nothing was uploaded");
    const random = createRandom(1);
    const boxes = Array.from({ length: Number(values.boxes) + 1 }, () => {
      const [x, y] = [0.25 + 0.4 * random(), 0.3 + 0.35 * random()];
      return [x, y, x + 0.08 + 0.12 * random(), y + 0.1 + 0.2 * random()] as const;
    });
    const all: Record<string, Sample[]> = { wasm: [], server: [] };
    for (let i = 0; i < Number(values.rounds); i++)
      for (const engine of ENGINES)
        all[engine]?.push(...(await measure(browser, server.origin, ana, image, engine, boxes)));
    const wasm = median((all["wasm"] ?? []).map(({ shownMs }) => shownMs)) ?? 1;
    const table = ENGINES.map((engine) => {
      const samples = all[engine] ?? [];
      const shown = samples.map(({ shownMs }) => shownMs);
      return {
        engine,
        boxes: samples.length,
        "on screen ms": median(shown),
        p95: percentile(shown, 0.95),
        "x wasm": round((median(shown) ?? 0) / wasm),
        "answer ms": median(samples.map(({ answeredMs }) => answeredMs).filter(Number.isFinite)),
      };
    });
    console.table(table);
    return { bench: "segment", cpu: cpus()[0]?.model, cores: cpus().length, table };
  } finally {
    await browser.close();
    await server.remove();
  }
}
