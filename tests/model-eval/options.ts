import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";

export const PREDICTORS = ["limn", "grabcut", "superpixels", "polygon"] as const;
export type PredictorName = (typeof PREDICTORS)[number];

export interface Options {
  readonly data: string;
  readonly model: string;
  /** Where the server keeps everything, installed models included. */
  readonly dataDir: string;
  readonly predictor: PredictorName;
  readonly limit?: number;
  readonly noise: boolean;
  readonly json?: string;
  readonly sheet?: string;
  /** Learn from so many masks, and measure that. */
  readonly learn?: readonly number[];
}

export const USAGE = `npm run model:eval -- --data DIR [--model ID] [--predictor ${PREDICTORS.join("|")}] [--limit N] [--noise] [--json FILE] [--sheet FILE]

  --data DIR     pictures with maps of their objects: <name>.jpg beside <name>.png, or images/ beside labels/
                 (0 background, 1, 2, ... objects, 255 or, in 16-bit maps, 65535: ignored)
  --model ID     the model that comes with Limn, one that \`npm run models\` added (DATA_DIR as for the server), or a folder
                 with a model.json; default: default
  --predictor P  limn: the product's network; grabcut, superpixels: classical methods with the same prompts;
                 polygon: the fewest corners that reach the same quality
  --limit N      that many objects, at most four of a picture, always the same ones
  --noise        boxes and clicks as people make them
  --json FILE    the figures as JSON
  --sheet FILE   a picture (.jpg, .png) of prompts, answers and truth, the worst ones last

npm run model:eval -- --learn 5,20,100 --data DIR [--model ID] [--limit N]
                 what "Learn from this project" makes of so many masks, measured after a box on objects of other pictures

npm run model:eval -- --table FOLDER...   one table of all the JSON files in the folders`;

/** `dataDir`: the server's. Throws an Error with a sentence. */
export function readOptions(args: readonly string[], dataDir: string): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: "string" },
      model: { type: "string", default: "default" },
      predictor: { type: "string", default: "limn" },
      limit: { type: "string" },
      noise: { type: "boolean", default: false },
      json: { type: "string" },
      sheet: { type: "string" },
      learn: { type: "string" },
    },
  });
  if (values.data === undefined) throw new Error("Say which pictures: --data DIR.");
  const predictor = PREDICTORS.find((name) => name === values.predictor);
  if (!predictor)
    throw new Error(
      `There is no predictor ${values.predictor}; choose one of ${PREDICTORS.join(", ")}.`,
    );
  const limit = values.limit === undefined ? undefined : Number(values.limit);
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw new Error(`--limit must be a whole number above 0, not ${values.limit}.`);
  const learn = values.learn?.split(",").map(Number);
  if (learn?.some((count) => !(Number.isInteger(count) && count >= 5)) === true)
    throw new Error(
      `--learn takes whole numbers from 5 on, such as 5,20,100; not ${values.learn}.`,
    );
  for (const path of [values.json, values.sheet]) if (path !== undefined) requirePlace(path);
  if (values.sheet !== undefined && !/\.(jpe?g|png)$/i.test(values.sheet))
    throw new Error(`--sheet must be the name of a .jpg or a .png, not ${values.sheet}.`);
  return {
    data: values.data,
    model: values.model,
    dataDir,
    predictor,
    noise: values.noise,
    ...(limit === undefined ? {} : { limit }),
    ...(learn === undefined ? {} : { learn }),
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.sheet === undefined ? {} : { sheet: values.sheet }),
  };
}

/** What is measured for hours must not get lost at the end for want of a folder. */
function requirePlace(path: string): void {
  const folder = dirname(path);
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder} to write ${path} into.`);
  if (existsSync(path) && !statSync(path).isFile()) throw new Error(`${path} is not a file.`);
}
