import { type Bitmask, bitmaskArea, createBitmask, isBitSet } from "../raster/index.ts";
import type { Click } from "../segment/index.ts";
import type { Mode, PictureSession, Prompt, Shown, Trace } from "./trace.ts";
import { loosenBox, nextClick } from "./simulated-person.ts";
import { createRandom } from "./random.ts";
import { farChange, overlap, type Truth } from "./truth.ts";

export const MOST_CLICKS = 20;
/** Quality at which clicking ends, once the first clicks that the report shows are made. */
export const GOOD_ENOUGH = 0.9;
export const CLICKS_SHOWN = 5;

const NOTHING: Bitmask = createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });

export interface Conditions {
  /** Clicks and boxes as people make them. */
  readonly noise: boolean;
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
}

/**
 * One object from the first prompt to 90 % or 20 clicks: a loosened box, or a click at the object's centre, then clicks at the
 * centre of the largest error. `name` decides all chance.
 */
export async function measureObject(
  session: PictureSession,
  truth: Truth,
  mode: Mode,
  name: string,
  { noise, now }: Conditions,
): Promise<Trace> {
  const random = createRandom(`${name} ${mode}`);
  const box = mode === "box" ? loosenBox(truth, random, noise) : undefined;
  const overlaps: number[] = [];
  const times: number[] = [];
  const farChanges: number[] = [];
  const clicks: Click[] = [];
  let obeyed = 0;
  let asked = 0;
  let mask: Bitmask | undefined;
  let shown: Shown | undefined;

  const ask = async (): Promise<void> => {
    const prompt: Prompt = {
      clicks: [...clicks],
      ...(box ? { box } : {}),
      ...(mask && mask.width > 0 ? { mask } : {}),
    };
    const began = now();
    const answer = await session.predict(prompt);
    times.push(now() - began);
    const last = clicks.at(-1);
    if (last && mask && bitmaskArea(mask) > 0) {
      const far = farChange(mask, answer, last, truth);
      if (far !== undefined) farChanges.push(far);
    }
    for (const { x, y, inside } of clicks)
      if (isBitSet(answer, Math.floor(x), Math.floor(y)) === inside) obeyed++;
    asked += clicks.length;
    mask = answer;
    const reached = overlap(answer, truth);
    overlaps.push(reached);
    if (clicks.length === 1) shown = { prompt, mask, overlap: reached };
  };

  if (box) await ask();
  while (clicks.length < MOST_CLICKS) {
    const isGood = overlaps.some((value) => value >= GOOD_ENOUGH);
    if (isGood && clicks.length >= CLICKS_SHOWN) break;
    const click = nextClick(mask ?? NOTHING, truth, clicks, noise ? random : undefined);
    if (!click) break;
    clicks.push(click);
    await ask();
  }
  return { overlaps, times, farChanges, obeyed, asked, ...(shown ? { shown } : {}) };
}
