import type { Browser, BrowserContext, Page } from "playwright-core";
import type { ApiPerson } from "./api.ts";

/** A person at a screen on one image. Points are shares of the canvas, 0..1. */
export interface Seat {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Messages that should not be in a console. */
  readonly complaints: string[];
  key(key: string): Promise<void>;
  drag(
    points: readonly (readonly [number, number])[],
    options?: { button?: "left" | "right"; hold?: boolean },
  ): Promise<void>;
  click(x: number, y: number, options?: { button?: "left" | "right" }): Promise<void>;
  objects(): Promise<number>;
  waitForObjects(count: number): Promise<void>;
  waitForSaved(): Promise<void>;
  saveState(): Promise<string>;
  close(): Promise<void>;
}

// GPU stalls and aborted requests are the headless machine's, not the product's.
const HARMLESS =
  /GPU stall|GL Driver Message|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|WebSocket connection|net::ERR_FAILED/;

/** Reads until the value is there; outside of tests too, so without the test runner. */
async function waitUntil<T>(read: () => Promise<T>, wanted: T, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let last = await read();
  while (last !== wanted) {
    if (performance.now() > deadline)
      throw new Error(`waited ${patienceMs} ms for ${String(wanted)}, last seen: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    last = await read();
  }
}

/** A browser window of its own (cookies, storage) for a signed-in person. */
export async function openContext(
  browser: Browser,
  origin: string,
  person: ApiPerson,
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 720 },
    colorScheme: "dark",
  });
  await context.addCookies(
    person.cookie.split("; ").map((pair) => {
      const at = pair.indexOf("=");
      return { name: pair.slice(0, at), value: pair.slice(at + 1), url: origin };
    }),
  );
  return context;
}

export async function takeSeat(
  browser: Browser,
  origin: string,
  person: ApiPerson,
  image: { id: string; projectId: string },
): Promise<Seat> {
  return sitDown(await openContext(browser, origin, person), origin, image);
}

export async function sitDown(
  context: BrowserContext,
  origin: string,
  image: { id: string; projectId: string },
): Promise<Seat> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !HARMLESS.test(message.text()))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(`${origin}/projects/${image.projectId}/images/${image.id}`);
  const canvas = page.getByRole("application");
  await canvas.locator("canvas").waitFor();
  const place = async (x: number, y: number): Promise<[number, number]> => {
    const box = await canvas.boundingBox();
    if (!box) throw new Error("the canvas is not on screen");
    return [box.x + x * box.width, box.y + y * box.height];
  };
  const saveBadge = page.getByTestId("save-state");

  const seat: Seat = {
    page,
    context,
    complaints,
    key: (key) => page.keyboard.press(key),
    async drag(points, options = {}) {
      const [first, ...rest] = points;
      if (!first) return;
      await page.mouse.move(...(await place(...first)));
      await page.mouse.down({ button: options.button ?? "left" });
      for (const point of rest) await page.mouse.move(...(await place(...point)), { steps: 3 });
      if (options.hold !== true) await page.mouse.up({ button: options.button ?? "left" });
    },
    async click(x, y, options = {}) {
      await page.mouse.move(...(await place(x, y)));
      await page.mouse.click(...(await place(x, y)), { button: options.button ?? "left" });
    },
    objects: async () =>
      Number(
        (await page
          .getByRole("region", { name: "List of objects" })
          .locator("..")
          .locator("h2 + span")
          .textContent()) ?? "NaN",
      ),
    waitForObjects: (count) => waitUntil(seat.objects, count, 15_000),
    saveState: async () => (await saveBadge.textContent()) ?? "",
    waitForSaved: () => waitUntil(seat.saveState, "Saved", 20_000),
    close: () => context.close(),
  };
  await seat.waitForSaved();
  return seat;
}

/** Shares of the picture -> shares of the canvas that it is fitted into. */
export async function onPicture(
  seat: Seat,
  image: { readonly width: number; readonly height: number },
  points: readonly (readonly [number, number])[],
): Promise<[number, number][]> {
  const canvas = await seat.page.getByRole("application").boundingBox();
  if (!canvas) throw new Error("no canvas");
  const margin = 24;
  // The option bar, above the picture.
  const bar = 32;
  const scale = Math.min(
    (canvas.width - 2 * margin) / image.width,
    (canvas.height - bar - 2 * margin) / image.height,
    8,
  );
  return points.map(([x, y]) => [
    0.5 + ((x - 0.5) * image.width * scale) / canvas.width,
    0.5 + (bar / 2 + (y - 0.5) * image.height * scale) / canvas.height,
  ]);
}

/** Draws a box with the smart tool, around the picture's middle or around another one; waits until so many are there. */
export async function drawSmartBox(seat: Seat, objects: number, middle = 0.5, half = 0.1) {
  await seat.key("s");
  await seat.drag([
    [middle - half, middle - half],
    [middle, middle],
    [middle + half, middle + half],
  ]);
  await seat.waitForObjects(objects);
}

/** Takes the person's connection away and draws two boxes, which wait in the browser. */
export async function drawTwoOffline(seat: Seat): Promise<void> {
  await seat.context.setOffline(true);
  await seat.key("r");
  const says = async (text: string) => (await seat.saveState()).includes(text);
  await waitUntil(() => says("Offline"), true, 20_000);
  for (const x of [0.3, 0.5])
    await seat.drag([
      [x, 0.3],
      [x + 0.1, 0.5],
    ]);
  await seat.waitForObjects(2);
  await waitUntil(seat.saveState, "Offline, 2 waiting", 5000);
}
