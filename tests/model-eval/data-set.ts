import { readdir, readFile, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import type { PixelBox } from "@limn/shared/raster";
import { type LabelMap, readLabelMap } from "./label-map.ts";
import { openPicture } from "./pictures.ts";
import { createRandom, shuffle, type Truth } from "@limn/shared/learn";

/** A picture and the map of its objects. */
interface Pair {
  readonly name: string;
  readonly picture: string;
  readonly labels: string;
}

/** An object that is to be measured. */
export interface Target {
  readonly id: number;
  readonly truth: Truth;
}

export interface PictureTargets extends Pair {
  readonly width: number;
  readonly height: number;
  readonly targets: readonly Target[];
}

/** Smaller objects are left out: their outline is all noise. Area in pixels, sides in pixels. */
const LEAST_AREA = 400;
const LEAST_SIDE = 12;
/** With a limit, so that few pictures do not make up the whole of it. */
const MOST_PER_PICTURE = 4;

/**
 * Pairs of a folder: `<name>.jpg` beside `<name>.png`, or `images/<name>.jpg|png` and `labels|masks|instances/<name>.png`.
 * Throws an Error with a sentence when there are none.
 */
export async function findPairs(folder: string): Promise<Pair[]> {
  const isFolder = (path: string): Promise<boolean> =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
  if (!(await isFolder(folder))) throw new Error(`There is no folder ${folder}.`);
  const images = join(folder, "images");
  let pictureFolder = folder;
  let labelFolder = folder;
  for (const name of ["labels", "masks", "instances"]) {
    if (!(await isFolder(images)) || !(await isFolder(join(folder, name)))) continue;
    pictureFolder = images;
    labelFolder = join(folder, name);
    break;
  }
  const known = new Set(await readdir(labelFolder));
  const pairs = (await readdir(pictureFolder)).toSorted().flatMap((file) => {
    const kind = extname(file).toLowerCase();
    const name = basename(file, extname(file));
    const isPicture =
      [".jpg", ".jpeg"].includes(kind) || (kind === ".png" && labelFolder !== folder);
    if (!isPicture || !known.has(`${name}.png`)) return [];
    return [{ name, picture: join(pictureFolder, file), labels: join(labelFolder, `${name}.png`) }];
  });
  if (pairs.length === 0)
    throw new Error(
      `${folder} holds no pairs. Put <name>.jpg beside <name>.png (numbers of the objects, 0 is background), or images/ beside labels/.`,
    );
  return pairs;
}

/**
 * The objects to measure, the same for every predictor: pictures in a shuffled order that depends on their names alone, with
 * a limit at most four objects of a picture. `warn` hears of pairs that could not be read.
 */
export async function chooseTargets(
  pairs: readonly Pair[],
  limit: number | undefined,
  warn: (sentence: string) => void,
): Promise<PictureTargets[]> {
  const chosen: PictureTargets[] = [];
  let left = limit ?? Infinity;
  const order = shuffle(pairs, createRandom(pairs.map(({ name }) => name).join("\n")));
  for (const pair of order) {
    if (left <= 0) break;
    let map: LabelMap;
    try {
      map = readLabelMap(await readFile(pair.labels));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      warn(`${pair.labels} is left out: ${error.message}.`);
      continue;
    }
    const ids = [...measure(map)]
      .filter(([, { area, box }]) => {
        const side = Math.min(box.right - box.left, box.bottom - box.top);
        return area >= LEAST_AREA && side >= LEAST_SIDE;
      })
      .toSorted(([a], [b]) => a - b);
    const most = limit === undefined ? Infinity : Math.min(left, MOST_PER_PICTURE);
    const taken = shuffle(ids, createRandom(pair.name)).slice(0, most);
    if (taken.length === 0) continue;
    const { width, height } = map;
    try {
      // All of it, now: in the middle of a run of hours it would end that.
      await openPicture(pair.name, pair.picture, { width, height });
    } catch (error) {
      warn(
        `${pair.picture} is left out: ${error instanceof Error ? error.message : String(error)}`,
      );
      continue;
    }
    left -= taken.length;
    const targets = taken.map(([id, { box }]) => ({ id, truth: truthOf(map, id, box) }));
    chosen.push({ ...pair, width, height, targets });
  }
  return chosen;
}

interface Extent {
  area: number;
  box: PixelBox;
}

function measure(map: LabelMap): Map<number, Extent> {
  const extents = new Map<number, Extent>();
  for (let y = 0; y < map.height; y++)
    for (let x = 0; x < map.width; x++) {
      const id = map.labels[y * map.width + x] ?? 0;
      if (id === 0 || id === map.ignored) continue;
      const { area, box } = extents.get(id) ?? {
        area: 0,
        box: { left: x, top: y, right: x, bottom: y },
      };
      extents.set(id, {
        area: area + 1,
        box: {
          left: Math.min(box.left, x),
          top: box.top,
          right: Math.max(box.right, x + 1),
          bottom: y + 1,
        },
      });
    }
  return extents;
}

function truthOf(map: LabelMap, id: number, bounds: PixelBox): Truth {
  const { width, height, labels } = map;
  const object = new Uint8Array(labels.length);
  const ignored = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === id) object[i] = 1;
    else if (labels[i] === map.ignored) ignored[i] = 1;
  }
  const frame = { left: 0, top: 0, width, height };
  return { object: { ...frame, data: object }, ignored: { ...frame, data: ignored }, bounds };
}
