import { basename, resolve } from "node:path";
import { chooseTargets, findPairs } from "./data-set.ts";
import { boxFigures, clickFigures, mean, measureObject, quantile } from "@limn/shared/learn";
import { createGrabcut } from "./grabcut.ts";
import { createLimn } from "./limn.ts";
import type { Options } from "./options.ts";
import { openPicture } from "./pictures.ts";
import { createPolygonBaseline } from "./polygon.ts";
import type { Predictor } from "./predictor.ts";
import { machineName, type Measured, type Report, roundTo, type Spread } from "./report.ts";
import { drawSheet, type SheetItem } from "./sheet.ts";
import { createSuperpixels } from "./superpixels.ts";

/** Of a polygon's trace; crumbly objects have thousands. */
const CORNERS_SHOWN = 100;

/** What the run says while it goes on. */
export interface Listener {
  warn(sentence: string): void;
  progress(done: number, all: number): void;
}

/** Measures all chosen objects in both modes. Throws an Error with a sentence when it cannot begin. */
export async function evaluate(options: Options, listener: Listener): Promise<Report> {
  const pictures = await chooseTargets(await findPairs(options.data), options.limit, (sentence) =>
    listener.warn(sentence),
  );
  const all = pictures.reduce((count, { targets }) => count + targets.length, 0);
  if (all === 0)
    throw new Error(`${options.data} holds no object of at least 400 pixels and 12 pixels a side.`);
  const measured: Measured[] = [];
  if (options.predictor === "polygon") {
    const baseline = createPolygonBaseline();
    for (const { name, targets } of pictures)
      for (const { id, truth } of targets) {
        const trace = baseline.measure(truth);
        measured.push({ picture: name, object: id, box: trace, clicks: trace });
        listener.progress(measured.length, all);
      }
    return reportOf(baseline.model, measured, options);
  }
  const predictor = await createPredictor(options);
  const conditions = { noise: options.noise, now: () => performance.now() };
  const sheet: SheetItem[] = [];
  try {
    for (const { name, picture, targets, width, height } of pictures) {
      const opened = await openPicture(name, picture, { width, height });
      const session = await predictor.open(opened);
      for (const { id, truth } of targets) {
        const key = `${name}#${id}`;
        const box = await measureObject(session, truth, "box", key, conditions);
        const clicks = await measureObject(session, truth, "clicks", key, conditions);
        measured.push({ picture: name, object: id, box, clicks });
        if (box.shown && options.sheet !== undefined)
          sheet.push({ picture: opened, truth, shown: box.shown });
        listener.progress(measured.length, all);
      }
    }
  } finally {
    await predictor.close();
  }
  if (options.sheet !== undefined) await drawSheet(sheet, options.sheet);
  return reportOf(predictor.model, measured, options, predictor.encoderTimes);
}

async function createPredictor(options: Options): Promise<Predictor> {
  if (options.predictor === "grabcut") return createGrabcut(process.env["PYTHON"] ?? "python3");
  if (options.predictor === "superpixels") return createSuperpixels();
  return createLimn(options.model, options.dataDir);
}

function reportOf(
  model: string,
  measured: readonly Measured[],
  options: Options,
  encoderTimes?: readonly number[],
): Report {
  const isPolygon = options.predictor === "polygon";
  const clicked = measured.map(({ clicks }) => clicks);
  const both = isPolygon ? clicked : measured.flatMap(({ box, clicks }) => [box, clicks]);
  const times = both.flatMap((trace) => trace.times);
  const asked = both.reduce((sum, trace) => sum + trace.asked, 0);
  const obeyed = both.reduce((sum, trace) => sum + trace.obeyed, 0);
  const far = both.flatMap((trace) => trace.farChanges);
  const clickPart = clickFigures(clicked);
  // A polygon takes no box: the same corners stand in both places.
  const boxPart = isPolygon
    ? { iou0: 0, ...clickPart }
    : boxFigures(measured.map(({ box }) => box));
  const short = (values: readonly number[]): number[] => values.map((value) => roundTo(value, 3));
  return {
    model,
    predictor: options.predictor,
    objects: measured.length,
    box: roundAll(boxPart),
    clicks: roundAll(clickPart),
    ms: spread(times),
    encoderMs: encoderTimes === undefined ? null : spread(encoderTimes),
    obeyed: asked === 0 ? null : roundTo(obeyed / asked, 5),
    farChange: far.length === 0 ? null : roundTo(mean(far), 4),
    data: basename(resolve(options.data)),
    noise: options.noise,
    date: new Date().toISOString().slice(0, 10),
    machine: machineName(),
    traces: measured.map(({ picture, object, box, clicks }) => ({
      picture,
      object,
      box: isPolygon ? [] : short(box.overlaps),
      clicks: short(clicks.overlaps.slice(0, CORNERS_SHOWN)),
    })),
  };
}

const spread = (times: readonly number[]): Spread => ({
  median: roundTo(quantile(times, 0.5), 2),
  p95: roundTo(quantile(times, 0.95), 2),
});

function roundAll<Figures extends object>(figures: Figures): Figures {
  // Every member is a number; the shape stays the same.
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, roundTo(Number(value), 4)]),
  ) as Figures;
}
