import type { Family, PixelSource, RunNetwork } from "../segment/index.ts";
import { clicksTo, mean } from "./figures.ts";
import {
  adaptedRun,
  fitLastLayer,
  type LastLayer,
  type NetworkOutput,
  type RunWithFeatures,
} from "./last-layer.ts";
import { measureObject, MOST_CLICKS } from "./measure-object.ts";
import { openPictureSession } from "./picture-session.ts";
import { createRandom, shuffle } from "./random.ts";
import { type FeatureSamples, sampleFeatures } from "./sample-features.ts";
import { loosenBox, nextClick } from "./simulated-person.ts";
import type { PictureSession, Prompt } from "./trace.ts";
import { overlap, type Truth } from "./truth.ts";

/** A finished object to learn from. */
export interface Example {
  /** Decides all chance about this object. */
  readonly name: string;
  /** Objects of one image are never learnt from and measured at the same time. */
  readonly image: string;
  open(): Promise<{ readonly pixels: PixelSource; readonly truth: Truth }>;
}

export interface Figures {
  /** Mean IoU after the box alone. */
  readonly iou: number;
  /** Mean clicks after the box to 90 %; a failure counts 20. */
  readonly clicks: number;
}

export interface Lesson {
  /** Null when nothing was gained: the network stays as it is. */
  readonly layer: LastLayer | null;
  readonly report: {
    readonly objects: number;
    readonly images: number;
    /** Objects whose clicks were counted, none of them learnt from at that moment. */
    readonly measured: number;
    readonly before: Figures;
    readonly after: Figures;
  };
}

export interface Teacher {
  readonly family: Family;
  readonly run: RunWithFeatures;
  readonly now: () => number;
  /** 0..1 and what is being done. */
  readonly progress: (share: number, message: string) => void;
  /** Throws when the work is to end. */
  readonly check: () => void;
}

/** With fewer objects only the 16 finer features are refitted: 65 unknowns would learn them by heart. */
const COARSE_FROM = 10;
const MOST_FOLDS = 5;
const SAMPLES_OF_ALL = 60_000;
const SAMPLES_OF_ONE = 1_500;
const MOST_MEASURED = 30;
/** Less than this gained, on objects that were not learnt from, is no reason to change anything. */
const WORTH_IOU = 0.01;
const WORTH_CLICKS = 0.5;
/** Standard errors that a mean must be away from nothing. */
const SURE = 1.5;
/** A first mask may be this much worse where clicks are saved. */
const BEARABLE_IOU = 0.005;
/** Where a team may start: from five objects a layer was kept that lost a tenth of IoU on other pictures. */
export const LEAST_EXAMPLES = 10;

interface Choice {
  readonly lambda: number;
  readonly coarse: boolean;
}

interface Studied {
  readonly example: Example;
  readonly fold: number;
  readonly samples: readonly FeatureSamples[];
}

/**
 * Refits the network's last layer to finished objects. Settings are chosen, and the gain is measured, on objects of images that
 * the layer at hand was not fitted to; the layer that is handed back is fitted to all. Method and constants:
 * models/default/README.md, "Adaptation".
 * @throws RangeError when there are fewer than two examples
 */
export async function learn(examples: readonly Example[], teacher: Teacher): Promise<Lesson> {
  if (examples.length < 2)
    throw new RangeError("Learning takes two objects: one to learn from, one to try.");
  const folds = foldsOf(examples);
  const studied: Studied[] = [];
  const most = Math.min(SAMPLES_OF_ONE, Math.ceil(SAMPLES_OF_ALL / (2 * examples.length)));
  for (const [i, example] of examples.entries()) {
    teacher.check();
    teacher.progress(
      (0.4 * i) / examples.length,
      `Looking at object ${i + 1} of ${examples.length}.`,
    );
    studied.push({
      example,
      fold: folds.get(example.image) ?? 0,
      samples: await study(example, teacher, most),
    });
  }
  const choices: Choice[] =
    examples.length < COARSE_FROM
      ? [{ lambda: 0.003, coarse: false }]
      : [
          { lambda: 0.003, coarse: false },
          { lambda: 0.003, coarse: true },
          { lambda: 0.03, coarse: true },
        ];
  const trials = await tryChoices(studied, choices, teacher);
  const best = trials.reduce((a, b) => (mean(b.reached) > mean(a.reached) ? b : a));
  const { before, after } = await countClicks(studied, best.layers, teacher);
  const report = {
    objects: examples.length,
    images: new Set(examples.map(({ image }) => image)).size,
    measured: before.length,
    before: { iou: mean(best.base), clicks: mean(before) },
    after: { iou: mean(best.reached), clicks: mean(after) },
  };
  const pays = isGain(
    best.reached.map((iou, i) => iou - (best.base[i] ?? 0)),
    before.map((clicks, i) => clicks - (after[i] ?? 0)),
  );
  const all = studied.flatMap(({ samples }) => samples);
  return { layer: pays ? fitLastLayer(all, best.choice) : null, report };
}

/** Image -> fold; by object where there is one image only. */
function foldsOf(examples: readonly Example[]): Map<string, number> {
  const images = [...new Set(examples.map(({ image }) => image))];
  const order = shuffle(images.toSorted(), createRandom("folds"));
  return new Map(order.map((image, i) => [image, i % Math.min(MOST_FOLDS, images.length)]));
}

/** What the last layer sees after the box, and after one click on the largest error. */
async function study(example: Example, teacher: Teacher, most: number): Promise<FeatureSamples[]> {
  const subject = await example.open();
  const random = createRandom(`${example.name} study`);
  const box = loosenBox(subject.truth, random, false);
  const first: Prompt = { box, clicks: [] };
  const samples = [await sampleFeatures(subject, first, teacher.run, most, random)];
  const mask = await sessionOf(subject.pixels, asItIs(teacher.run), teacher).predict(first);
  const click = nextClick(mask, subject.truth, []);
  if (click) {
    const second: Prompt = { box, clicks: [click], ...(mask.width > 0 ? { mask } : {}) };
    samples.push(await sampleFeatures(subject, second, teacher.run, most, random));
  }
  return samples.filter(({ count }) => count > 0);
}

/**
 * Do gains of IoU after the box, and clicks saved, of single objects pay? A mean counts only where chance would hardly make it:
 * with five objects one lucky one is a fifth of everything.
 */
export function isGain(gains: readonly number[], saved: readonly number[]): boolean {
  const iou = mean(gains);
  const clicks = mean(saved);
  const isSure = (values: readonly number[]): boolean => mean(values) > SURE * errorOf(values);
  // Clicks are what people pay: a better first mask that then takes more of them is no gain.
  const better = iou > WORTH_IOU && isSure(gains) && clicks >= -errorOf(saved);
  return better || (clicks >= WORTH_CLICKS && isSure(saved) && iou >= -BEARABLE_IOU);
}

/** The standard error of the mean. */
function errorOf(values: readonly number[]): number {
  if (values.length < 2) return Infinity;
  const middle = mean(values);
  const variance =
    values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
}

interface Trial {
  readonly choice: Choice;
  /** One for each fold, fitted to the others. */
  readonly layers: readonly LastLayer[];
  /** IoU after the box of every object, each by the layer that left out its fold, and by the network as it is. */
  readonly reached: readonly number[];
  readonly base: readonly number[];
}

async function tryChoices(
  studied: readonly Studied[],
  choices: readonly Choice[],
  teacher: Teacher,
): Promise<Trial[]> {
  const count = Math.max(...studied.map(({ fold }) => fold)) + 1;
  const fitted = choices.map((choice) =>
    Array.from({ length: count }, (_, fold) => {
      teacher.check();
      const others = studied.filter((each) => count === 1 || each.fold !== fold);
      return fitLastLayer(
        others.flatMap(({ samples }) => samples),
        choice,
      );
    }),
  );
  const base: number[] = [];
  const reached: number[][] = choices.map(() => []);
  for (const [i, { example, fold }] of studied.entries()) {
    teacher.check();
    teacher.progress(0.5 + (0.2 * i) / studied.length, "Trying what was learnt.");
    const { pixels, truth } = await example.open();
    const prompt = {
      box: loosenBox(truth, createRandom(`${example.name} box`), false),
      clicks: [],
    };
    const run = onceOnly(teacher.run);
    const iouWith = async (network: RunNetwork): Promise<number> =>
      overlap(await sessionOf(pixels, network, teacher).predict(prompt), truth);
    base.push(await iouWith(asItIs(run)));
    for (const [c, layers] of fitted.entries()) {
      const layer = layers[fold];
      if (layer) reached[c]?.push(await iouWith(adaptedRun(run, layer)));
    }
  }
  return choices.map((choice, c) => ({
    choice,
    layers: fitted[c] ?? [],
    reached: reached[c] ?? [],
    base,
  }));
}

/** Clicks to 90 % after a box, before and after, each object with the layer that was not fitted to its image. */
async function countClicks(
  studied: readonly Studied[],
  layers: readonly LastLayer[],
  teacher: Teacher,
): Promise<{ before: readonly number[]; after: readonly number[] }> {
  const chosen = shuffle(studied, createRandom("measured")).slice(0, MOST_MEASURED);
  const clicks = { before: [] as number[], after: [] as number[] };
  for (const [i, { example, fold }] of chosen.entries()) {
    teacher.check();
    teacher.progress(
      0.7 + (0.3 * i) / chosen.length,
      `Counting clicks, object ${i + 1} of ${chosen.length}.`,
    );
    const { pixels, truth } = await example.open();
    const layer = layers[fold];
    if (!layer) continue;
    for (const [what, network] of [
      ["before", asItIs(teacher.run)],
      ["after", adaptedRun(teacher.run, layer)],
    ] as const) {
      const session = sessionOf(pixels, network, teacher);
      const conditions = { noise: false, now: teacher.now };
      const trace = await measureObject(session, truth, "box", example.name, conditions);
      clicks[what].push(clicksTo(trace, 0.9, "box") ?? MOST_CLICKS);
    }
  }
  return clicks;
}

const asItIs =
  (run: RunWithFeatures): RunNetwork =>
  async (input) =>
    (await run(input)).logits;

/** The same question again is answered from memory: one prompt, one crop. */
function onceOnly(run: RunWithFeatures): RunWithFeatures {
  let answer: Promise<NetworkOutput> | undefined;
  return (input) => (answer ??= run(input));
}

const sessionOf = (
  pixels: PixelSource,
  run: RunNetwork,
  { family, now }: Teacher,
): PictureSession => openPictureSession(family, { pixels, run, now });
