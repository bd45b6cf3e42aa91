import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { makeOwner, type ApiPerson } from "../../e2e/support/api.ts";
import { launchBrowser } from "../../e2e/support/browser.ts";
import { startServer } from "../../e2e/support/server-process.ts";
import { openContext, type Seat, sitDown } from "../../e2e/support/workspace.ts";
import { giveHand } from "../hand.ts";
import { createRandom, median, percentile, round } from "../rooms/statistics.ts";

// From the release of the mouse button, after the box itself was drawn, to the object in the document and in the list,
// and to the frame that shows its mask. A headless browser draws that frame in software on the same cores, which no
// computer with a graphics card does, so both are told. WebGPU needs a real graphics card and is left out here.

const ENGINES = ["wasm", "server"] as const;

interface Sample {
  /** Release to the object in document and list. */
  readonly storedMs: number;
  /** Release to drawn mask. */
  readonly shownMs: number;
  /** Question to answer, by the badge. */
  readonly answeredMs: number;
}

/** Undefined when the network finds nothing in the box. */
function drawBox(
  page: Page,
  box: readonly [number, number, number, number],
): Promise<Sample | undefined> {
  return page.evaluate(async ([x0, y0, x1, y1]) => {
    const { hand } = window;
    const objects = document.querySelector('[aria-label="Objects"]');
    if (!objects) throw new Error("the list of objects is not on screen");
    const count = () => objects.querySelector("h2 + span")?.textContent ?? "";
    hand.move(x0, y0);
    hand.press(x0, y0);
    hand.move((x0 + x1) / 2, (y0 + y1) / 2);
    hand.move(x1, y1);
    await hand.drawn();
    await hand.drawn();
    const before = count();
    const began = performance.now();
    const stored = new Promise<number | undefined>((resolve, reject) => {
      const notice = () =>
        document.querySelector('[aria-label="Canvas"] [role="status"]')?.textContent ?? "";
      const end = (act: () => void): void => {
        watch.disconnect();
        clearTimeout(tooLate);
        act();
      };
      const watch = new MutationObserver(() => {
        const ms = performance.now() - began;
        if (count() !== before) end(() => resolve(ms));
        else if (notice().includes("found nothing")) end(() => resolve(undefined));
      });
      const tooLate = setTimeout(
        () => end(() => reject(new Error(`no object after 20 s; the notice: "${notice()}"`))),
        20_000,
      );
      watch.observe(document.body, { subtree: true, childList: true, characterData: true });
    });
    hand.release(x1, y1);
    const storedMs = await stored;
    if (storedMs === undefined) return undefined;
    await hand.drawn();
    const shownMs = performance.now() - began;
    const badge = document.querySelector('[data-testid="engine"]')?.textContent ?? "";
    return { storedMs, shownMs, answeredMs: Number(/(\d+) ms/.exec(badge)?.[1] ?? Number.NaN) };
  }, box);
}

/** A box that covers most of the picture, and so a crop that is seen large where details are asked for. */
const LARGE_BOX = [0.3, 0.25, 0.7, 0.75] as const;
/** The first one of a page is not counted. */
const LARGE_BOXES = 4;
const CLICKS = [
  [0.45, 0.5],
  [0.55, 0.55],
  [0.5, 0.4],
  [0.4, 0.6],
] as const;

/** Milliseconds of the answers to the first, second, ... click after a large box, by the badge; `earlier`: such boxes before this one. */
async function clickTimes(seat: Seat, earlier: number): Promise<number[]> {
  await drawBox(seat.page, LARGE_BOX);
  const times: number[] = [];
  const area = await seat.page.getByRole("application").boundingBox();
  if (!area) throw new Error("the picture is not on screen");
  for (const [x, y] of CLICKS) {
    await seat.page.mouse.click(area.x + x * area.width, area.y + y * area.height);
    const count = times.length + 1;
    const row = seat.page
      .getByLabel("Objects")
      .getByText(count === 1 ? "1 click" : `${count} clicks`);
    await row.nth(count === CLICKS.length ? earlier : 0).waitFor();
    times.push(await readAnswerMs(seat.page));
  }
  await seat.page.keyboard.press("Enter");
  return times;
}

async function readAnswerMs(page: Page): Promise<number> {
  const badge = (await page.getByTestId("engine").textContent()) ?? "";
  return Number(/(\d+) ms/.exec(badge)?.[1] ?? Number.NaN);
}

/** Milliseconds by stage of the page's last answer, as the badge shows them. */
async function readStages(page: Page): Promise<Record<string, string>> {
  await page.getByTestId("engine").click();
  const rows = page.getByRole("dialog").getByRole("row");
  await rows.first().waitFor();
  const texts = await rows.evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent ?? "")),
  );
  return Object.fromEntries(texts.map(([stage = "", ms = ""]) => [stage, ms]));
}

interface Measured {
  readonly samples: Sample[];
  /** A row for each large box. */
  readonly clicks: number[][];
  readonly stages: Record<string, string>;
}

async function measure(
  browser: Browser,
  origin: string,
  ana: ApiPerson,
  image: { id: string; projectId: string },
  engine: (typeof ENGINES)[number],
  boxes: readonly (readonly [number, number, number, number])[],
): Promise<Measured> {
  const context = await openContext(browser, origin, ana);
  await giveHand(context);
  await context.addInitScript((name) => localStorage.setItem("limn.engine", name), engine);
  const seat = await sitDown(context, origin, image);
  await seat.page
    .getByTestId("engine")
    .getByText(engine === "wasm" ? "CPU" : "server")
    .waitFor({ timeout: 60_000 });
  await seat.key("s");
  const samples: (Sample | undefined)[] = [];
  const nothing = seat.page.getByText("found nothing");
  for (const box of boxes) {
    // The same sentence twice would not be told apart.
    await nothing.waitFor({ state: "detached" });
    samples.push(await drawBox(seat.page, box));
    await seat.page.keyboard.press("Enter");
  }
  const clicks: number[][] = [];
  for (let i = 0; i < LARGE_BOXES; i++) clicks.push(await clickTimes(seat, i));
  const stages = await readStages(seat.page);
  await context.close();
  // The first box of a page also waits for the picture to be decoded.
  return {
    samples: samples.slice(1).filter((sample) => sample !== undefined),
    clicks: clicks.slice(1),
    stages,
  };
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
    const allClicks: Record<string, number[][]> = { wasm: [], server: [] };
    const lastStages: Record<string, Record<string, string>> = {};
    for (let i = 0; i < Number(values.rounds); i++)
      for (const engine of ENGINES) {
        const { samples, clicks, stages } = await measure(
          browser,
          server.origin,
          ana,
          image,
          engine,
          boxes,
        );
        all[engine]?.push(...samples);
        allClicks[engine]?.push(...clicks);
        lastStages[engine] = stages;
      }
    const wasm = median((all["wasm"] ?? []).map(({ shownMs }) => shownMs)) ?? 1;
    const table = ENGINES.map((engine) => {
      const samples = all[engine] ?? [];
      const shown = samples.map(({ shownMs }) => shownMs);
      const stored = samples.map(({ storedMs }) => storedMs);
      return {
        engine,
        boxes: samples.length,
        "answer ms": median(samples.map(({ answeredMs }) => answeredMs).filter(Number.isFinite)),
        "in the document ms": median(stored),
        "p95 ": percentile(stored, 0.95),
        "on screen ms": median(shown),
        p95: percentile(shown, 0.95),
        "x wasm": round((median(shown) ?? 0) / wasm),
      };
    });
    console.table(table);
    const clickTable = ENGINES.map((engine) => ({
      engine,
      ...Object.fromEntries(
        CLICKS.map((_, i) => [
          `click ${i + 1}, answer ms`,
          median((allClicks[engine] ?? []).map((times) => times[i] ?? Number.NaN)),
        ]),
      ),
    }));
    console.table(clickTable);
    console.log("stages of the last answer", lastStages);
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length };
    return { bench: "segment", ...machine, table, clickTable, lastStages };
  } finally {
    await browser.close();
    await server.remove();
  }
}
