import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createPixelPyramid, familyOf, type RunNetwork } from "@limn/shared/segment";
import * as onnxruntime from "onnxruntime-node";
import type { Predictor } from "./predictor.ts";

interface Card {
  readonly id: string;
  readonly family: string;
  readonly files: { readonly cpu: { readonly path: string } };
}

const MODELS = fileURLToPath(new URL("../../models/", import.meta.url));

/**
 * A model of the product, through the product's own code and the runtime that the server uses, on one thread. `model` is the
 * name of a folder in models/, or a path to a folder that holds a model.json.
 */
export async function createLimn(model: string): Promise<Predictor> {
  const folder = await folderOf(model);
  const card = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as Card;
  const family = familyOf(card.family);
  if (!family) throw new Error(`Models of the kind ${card.family} are not known to this version.`);
  const session = await onnxruntime.InferenceSession.create(join(folder, card.files.cpu.path), {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  const run: RunNetwork = async ({ size, image, prompt }) => {
    const answer = await session.run(
      {
        image: new onnxruntime.Tensor("float32", image, [1, 3, size, size]),
        prompt: new onnxruntime.Tensor("float32", prompt, [1, 4, size, size]),
      },
      ["logits"],
    );
    const logits = answer["logits"]?.data;
    if (!(logits instanceof Float32Array)) throw new Error("The model gives no logits.");
    return logits;
  };
  await warmUp(run);
  return {
    model: card.id,
    open({ rgba, width, height }) {
      const pixels = createPixelPyramid(
        { data: rgba, columns: width, rows: height },
        width,
        height,
      );
      const host = { pixels, run, now: () => performance.now() };
      return Promise.resolve({
        async predict({ box, clicks, mask }) {
          const answer = await family.segment(
            {
              clicks,
              ...(box
                ? {
                    box: {
                      x: box.left,
                      y: box.top,
                      width: box.right - box.left,
                      height: box.bottom - box.top,
                    },
                  }
                : {}),
              ...(mask ? { mask } : {}),
            },
            host,
          );
          return answer.mask;
        },
      });
    },
    close: () => session.release(),
  };
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
