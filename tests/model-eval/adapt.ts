import { basename } from "node:path";
import {
  adaptedRun,
  clicksTo,
  createRandom,
  type Example,
  learn,
  type Lesson,
  mean,
  measureObject,
  MOST_CLICKS,
  openPictureSession,
  shuffle,
} from "@limn/shared/learn";
import type { RunNetwork } from "@limn/shared/segment";
import { chooseTargets, findPairs, type PictureTargets } from "./data-set.ts";
import { type Learner, pixelsOf } from "./limn.ts";
import { openPicture } from "./pictures.ts";
import { machineName } from "./report.ts";

/** Learning from so many masks, measured on objects of other pictures. */
export interface Adapted {
  readonly masks: number;
  /** Whether anything was gained on the masks themselves, and so would be used. */
  readonly used: boolean;
  readonly seconds: number;
  readonly iou: number;
  readonly clicks: number;
  /** What learning itself measured, on folds of the masks. */
  readonly report?: Lesson["report"];
}

/**
 * What "Learn from this project" would do with the first masks of a folder, measured after a box on up to `limit` objects of
 * pictures that nothing was learnt from. The first row is the network as it is.
 */
export async function measureLearning(
  data: string,
  open: () => Promise<Learner>,
  counts: readonly number[],
  limit: number,
): Promise<Adapted[]> {
  const pictures = await chooseTargets(await findPairs(data), undefined, () => {});
  const order = shuffle(pictures, createRandom("learning"));
  const tested: PictureTargets[] = [];
  let objects = 0;
  while (objects < limit && order.length > 0) {
    const picture = order.pop();
    if (!picture) break;
    const targets = picture.targets.slice(0, 4);
    tested.push({ ...picture, targets });
    objects += targets.length;
  }
  const network = await open();
  const rows: Adapted[] = [];
  try {
    rows.push({ masks: 0, used: false, seconds: 0, ...(await test(tested, network, network.run)) });
    for (const masks of counts) {
      const examples = examplesOf(order).slice(0, masks);
      if (examples.length < masks) break;
      const began = performance.now();
      const { layer, report } = await learn(examples, {
        family: network.family,
        run: network.runWithFeatures,
        now: () => performance.now(),
        progress: () => {},
        check: () => {},
      });
      const seconds = (performance.now() - began) / 1000;
      const run = layer ? adaptedRun(network.runWithFeatures, layer) : network.run;
      const tried = await test(tested, network, run);
      rows.push({ masks, used: layer !== null, seconds, ...tried, report });
    }
  } finally {
    await network.close();
  }
  return rows;
}

/** One object a picture, then a second one of each, and so on: as varied as can be. */
function examplesOf(pictures: readonly PictureTargets[]): Example[] {
  const most = Math.max(...pictures.map(({ targets }) => targets.length));
  return Array.from({ length: most }, (_, round) =>
    pictures.flatMap((picture): Example[] => {
      const target = picture.targets[round];
      if (!target) return [];
      return [
        {
          name: `${picture.name}#${target.id}`,
          image: picture.name,
          open: async () => ({
            pixels: pixelsOf(await openPicture(picture.name, picture.picture, picture)),
            truth: target.truth,
          }),
        },
      ];
    }),
  ).flat();
}

async function test(
  pictures: readonly PictureTargets[],
  network: Learner,
  run: RunNetwork,
): Promise<{ iou: number; clicks: number }> {
  const ious: number[] = [];
  const clicks: number[] = [];
  const conditions = { noise: false, now: () => performance.now() };
  for (const { name, picture, targets, width, height } of pictures) {
    const pixels = pixelsOf(await openPicture(name, picture, { width, height }));
    const host = { pixels, run, now: conditions.now };
    const session = openPictureSession(network.family, host);
    for (const { id, truth } of targets) {
      const trace = await measureObject(session, truth, "box", `${name}#${id}`, conditions);
      ious.push(trace.overlaps[0] ?? 0);
      clicks.push(clicksTo(trace, 0.9, "box") ?? MOST_CLICKS);
    }
  }
  return { iou: mean(ious), clicks: mean(clicks) };
}

export function learningTable(data: string, rows: readonly Adapted[]): string {
  return [
    `Learning from masks of ${basename(data)}; ${machineName()}`,
    "",
    "| masks | IoU after the box | clicks to 90 % | used | seconds | on its own folds |",
    "| --- | --- | --- | --- | --- | --- |",
    ...rows.map(({ masks, iou, clicks, used, seconds, report }) => {
      const cells = [masks, iou.toFixed(3), clicks.toFixed(2)];
      const own = report
        ? [report.before, report.after].map((f) => `${f.iou.toFixed(3)}, ${f.clicks.toFixed(2)}`)
        : ["-"];
      const use = masks === 0 ? "-" : used ? "yes" : "no";
      return `| ${[...cells, use, seconds.toFixed(0), own.join(" to ")].join(" | ")} |`;
    }),
  ].join("\n");
}
