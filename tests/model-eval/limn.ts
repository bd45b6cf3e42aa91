import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPictureSession, type RunWithFeatures } from "@limn/shared/learn";
import {
  createPixelPyramid,
  type Family,
  familyOf,
  type PixelSource,
  type RunNetwork,
} from "@limn/shared/segment";
import { openNetwork as loadNetwork } from "../../apps/server/src/segment/network.ts";
import type { Picture, Predictor } from "./predictor.ts";

interface Card {
  readonly id: string;
  readonly family: string;
  readonly files: { readonly cpu: { readonly path: string } };
}

const MODELS = fileURLToPath(new URL("../../models/", import.meta.url));

export interface OpenNetwork {
  readonly id: string;
  readonly family: Family;
  readonly run: RunNetwork;
  readonly runWithFeatures: RunWithFeatures;
  close(): Promise<void>;
}

/**
 * A model of the product in the runtime that the server uses, on one thread. `model` is the name of a folder in models/, or a
 * path to a folder that holds a model.json.
 */
export async function openNetwork(model: string): Promise<OpenNetwork> {
  const folder = await folderOf(model);
  const card = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as Card;
  const family = familyOf(card.family);
  if (!family) throw new Error(`Models of the kind ${card.family} are not known to this version.`);
  const { run, runWithFeatures, release } = await loadNetwork(join(folder, card.files.cpu.path), 1);
  await warmUp(run);
  return { id: card.id, family, run, runWithFeatures, close: release };
}

/** A model of the product, through the product's own code; see `openNetwork`. */
export async function createLimn(model: string): Promise<Predictor> {
  const { id, family, run, close } = await openNetwork(model);
  return {
    model: id,
    open(picture) {
      const host = { pixels: pixelsOf(picture), run, now: () => performance.now() };
      return Promise.resolve(openPictureSession(family, host));
    },
    close,
  };
}

export function pixelsOf({ rgba, width, height }: Picture): PixelSource {
  return createPixelPyramid({ data: rgba, columns: width, rows: height }, width, height);
}

async function folderOf(model: string): Promise<string> {
  for (const folder of [join(MODELS, model), model]) {
    const found = await stat(join(folder, "model.json")).catch(() => undefined);
    if (found) return folder;
  }
  throw new Error(
    `There is no model ${model}: neither models/${model}/model.json nor ${model}/model.json.`,
  );
}

/** The first call of a session at a size is slow, and nobody's. */
async function warmUp(run: RunNetwork): Promise<void> {
  for (const size of [256, 384])
    await run({
      size,
      image: new Float32Array(3 * size * size),
      prompt: new Float32Array(4 * size * size),
    });
}
