import { type Bitmask, bitmaskBounds, createBitmask } from "../raster/index.ts";
import { describe, expect, test } from "vitest";
import { boxFigures, clickFigures, clicksTo } from "./figures.ts";
import { measureObject } from "./measure-object.ts";
import { createRandom } from "./random.ts";
import { loosenBox, nextClick } from "./simulated-person.ts";
import type { PictureSession, Prompt } from "./trace.ts";
import { farChange, overlap, type Truth } from "./truth.ts";

const PICTURE = { left: 0, top: 0, right: 60, bottom: 40 };
const EMPTY = createBitmask({ left: 0, top: 0, right: 0, bottom: 0 });

function rectangle(left: number, top: number, right: number, bottom: number): Bitmask {
  const mask = createBitmask(PICTURE);
  for (let y = top; y < bottom; y++) mask.data.fill(1, y * 60 + left, y * 60 + right);
  return mask;
}

const exact = { noise: false, now: () => 0 };

function truthOf(object: Bitmask, ignored: Bitmask = createBitmask(PICTURE)): Truth {
  return { object, ignored, bounds: bitmaskBounds(object) ?? PICTURE };
}

describe("[E2] prompts", () => {
  const truth = truthOf(rectangle(10, 10, 30, 20));

  test("the box holds the object and is at most 15 % larger, rounded outwards", () => {
    for (let seed = 0; seed < 200; seed++) {
      const box = loosenBox(truth, createRandom(`${seed}`), false);
      expect(box.left <= 10 && box.top <= 10 && box.right >= 30 && box.bottom >= 20).toBe(true);
      expect(box.right - box.left).toBeLessThanOrEqual(20 * 1.15 + 2);
      expect(box.bottom - box.top).toBeLessThanOrEqual(10 * 1.15 + 2);
    }
  });

  test("[E9] a person's box may cut the object", () => {
    const large = truthOf(rectangle(5, 5, 55, 35));
    const boxes = Array.from({ length: 50 }, (_value, seed) =>
      loosenBox(large, createRandom(`${seed}`), true),
    );
    expect(boxes.some(({ left }) => left > 5)).toBe(true);
  });

  test("the first click is the object's centre", () => {
    expect(nextClick(EMPTY, truth, [])).toEqual({ x: 14.5, y: 14.5, inside: true });
  });

  test("the next click is the centre of the largest error, and says which side it is", () => {
    const tooMuch = rectangle(10, 10, 50, 20);
    expect(nextClick(tooMuch, truth, [])).toEqual({ x: 34.5, y: 14.5, inside: false });
    const tooLittle = rectangle(10, 10, 12, 20);
    expect(nextClick(tooLittle, truth, [])).toMatchObject({ y: 14.5, inside: true });
  });

  test("a pixel is clicked once, nothing wrong needs no click", () => {
    const first = nextClick(EMPTY, truth, []);
    const second = nextClick(EMPTY, truth, first ? [first] : []);
    expect(second).not.toEqual(first);
    expect(nextClick(rectangle(10, 10, 30, 20), truth, [])).toBeUndefined();
  });

  test("[E4] ignored pixels are never wrong", () => {
    const spilled = rectangle(10, 10, 50, 20);
    const lenient = truthOf(rectangle(10, 10, 30, 20), rectangle(30, 10, 60, 20));
    expect(nextClick(spilled, lenient, [])).toBeUndefined();
    expect(overlap(spilled, lenient)).toBe(1);
    expect(overlap(spilled, truth)).toBe(0.5);
  });

  test("[E9] people's clicks differ from the centre and are the same at every run", () => {
    const click = (seed: string) => nextClick(EMPTY, truth, [], createRandom(seed));
    expect(click("a")).toEqual(click("a"));
    const places = Array.from({ length: 20 }, (_value, i) => JSON.stringify(click(`${i}`)));
    expect(new Set(places).size).toBeGreaterThan(10);
  });
});

test("far changes are those beyond half the square root of the object's area", () => {
  const truth = truthOf(rectangle(10, 10, 30, 30));
  const after = rectangle(10, 10, 30, 12);
  expect(farChange(EMPTY, after, { x: 10, y: 10 }, truth)).toBeCloseTo(0.5, 1);
  expect(farChange(after, after, { x: 10, y: 10 }, truth)).toBeUndefined();
});

/** Knows the object, and gives one column more of it with every prompt. */
function columnByColumn(truth: Truth, first: number, step: number): PictureSession {
  const { left, top, bottom, right } = truth.bounds;
  return {
    predict({ clicks }: Prompt) {
      const width = Math.min(right - left, first + step * clicks.length);
      return Promise.resolve(rectangle(left, top, left + width, bottom));
    },
  };
}

describe("[E5] figures", () => {
  const truth = truthOf(rectangle(10, 10, 30, 20));

  test("clicks to a quality are counted without the box, with the first click", async () => {
    const session = columnByColumn(truth, 10, 2);
    const box = await measureObject(session, truth, "box", "x", exact);
    const clicks = await measureObject(session, truth, "clicks", "x", exact);
    expect(box.overlaps.slice(0, 5)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9]);
    expect(clicksTo(box, 0.9, "box")).toBe(4);
    expect(clicksTo(clicks, 0.9, "clicks")).toBe(4);
    expect(boxFigures([box])).toMatchObject({
      iou0: 0.5,
      iou1: 0.6,
      iou3: 0.8,
      iou5: 1,
      noc85: 4,
      noc90: 4,
      failures: 0,
    });
    expect(clickFigures([clicks])).toMatchObject({ iou1: 0.6, iou3: 0.8, iou5: 1, noc90: 4 });
    // All but the columns not yet given: those clicks ask for more than the next column.
    expect(clicks.obeyed).toBeLessThan(clicks.asked);
  });

  test("who never gets there is asked 20 times and counts 20", async () => {
    const trace = await measureObject(columnByColumn(truth, 4, 0), truth, "clicks", "x", exact);
    expect(trace.overlaps).toHaveLength(20);
    expect(clickFigures([trace])).toMatchObject({ noc85: 20, noc90: 20, failures: 1, iou5: 0.2 });
    const good = { ...trace, overlaps: [0.95] };
    expect(clickFigures([trace, good])).toMatchObject({ noc90: 10.5, failures: 0.5 });
  });

  test("the same name asks the same", async () => {
    const asked: Prompt[][] = [[], []];
    for (const prompts of asked) {
      const session: PictureSession = {
        predict(prompt) {
          prompts.push(prompt);
          return Promise.resolve(prompt.mask ?? rectangle(12, 11, 20, 18));
        },
      };
      await measureObject(session, truth, "box", "picture#1", { ...exact, noise: true });
    }
    expect(asked[0]).toEqual(asked[1]);
    expect(asked[0]?.length).toBe(21);
  });
});
