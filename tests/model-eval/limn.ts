import { openPictureSession, type RunWithFeatures } from "@limn/shared/learn";
import {
  createPixelPyramid,
  encodePicture,
  type Family,
  notAskedWhole,
  type PixelSource,
  packEmbedding,
  type RunNetwork,
  type Tensor,
  unpackEmbedding,
} from "@limn/shared/segment";
import { openAnyNetwork, openNetwork } from "../../apps/server/src/segment/network.ts";
import { findModel } from "./find-model.ts";
import type { Picture, Predictor } from "./predictor.ts";

const THREADS = 1;
const now = (): number => performance.now();

/** A network that can be refitted. */
export interface Learner {
  readonly family: Family;
  readonly run: RunNetwork;
  readonly runWithFeatures: RunWithFeatures;
  close(): Promise<void>;
}

/** A model whose last layer can be learnt, in the runtime that the server uses. @throws Error with a sentence */
export async function openLearner(model: string, dataDir: string): Promise<Learner> {
  const { id, family, files } = await findModel(model, dataDir);
  if (!("network" in files))
    throw new Error(
      `${id} cannot learn: it has an encoder and a decoder, and no last layer to refit.`,
    );
  const { run, runWithFeatures, release } = await openNetwork(files.network, THREADS);
  try {
    await runWithFeatures(emptyQuestion(256));
  } catch (error) {
    await release();
    throw new Error(`${id} cannot learn: it does not tell what its last layer sees.`, {
      cause: error,
    });
  }
  return { family, run, runWithFeatures, close: release };
}

/** A model in the runtime that the server uses, on one thread. @throws Error with a sentence */
export async function createLimn(model: string, dataDir: string): Promise<Predictor> {
  const { id, family, files } = await findModel(model, dataDir);
  const opened =
    "network" in files ? openWhole(id, family, files.network) : openInParts(id, family, files);
  return opened.catch((error: unknown) => {
    const [reason] = String(error instanceof Error ? error.message : error).split("\n", 1);
    throw new Error(`${id} does not load, or does not answer: ${reason}`, { cause: error });
  });
}

/** A network that sees the picture with every prompt. */
async function openWhole(id: string, family: Family, path: string): Promise<Predictor> {
  const { run, release } = await openNetwork(path, THREADS);
  // The first call of a session at a size is slow, and nobody's.
  for (const size of [256, 384]) await run(emptyQuestion(size));
  return {
    model: id,
    open: (picture) =>
      Promise.resolve(openPictureSession(family, { pixels: pixelsOf(picture), run, now })),
    close: release,
  };
}

/** A network whose encoder sees a picture once; what it gives is kept in half precision, as the server keeps it. */
async function openInParts(
  id: string,
  family: Family,
  files: { readonly encoder: string; readonly decoder: string },
): Promise<Predictor> {
  const encoder = await openAnyNetwork(files.encoder, THREADS);
  const decoder = await openAnyNetwork(files.decoder, THREADS);
  const encoderTimes: number[] = [];

  async function encode(pixels: PixelSource): Promise<Tensor[]> {
    return unpackEmbedding(packEmbedding(await encodePicture(family, pixels, encoder)));
  }
  const sessionOf = (pixels: PixelSource, embedding: readonly Tensor[]) =>
    openPictureSession(family, {
      pixels,
      run: notAskedWhole,
      encoded: { embedding, decoder },
      now,
    });

  const side = 256;
  const empty = pixelsOf({ rgba: new Uint8Array(4 * side * side), width: side, height: side });
  await sessionOf(empty, await encode(empty)).predict({
    clicks: [{ x: side / 2, y: side / 2, inside: true }],
  });
  return {
    model: id,
    encoderTimes,
    async open(picture) {
      const pixels = pixelsOf(picture);
      const began = now();
      const embedding = await encode(pixels);
      encoderTimes.push(now() - began);
      return sessionOf(pixels, embedding);
    },
    async close() {
      await encoder.release();
      await decoder.release();
    },
  };
}

export function pixelsOf({
  rgba,
  width,
  height,
}: Pick<Picture, "rgba" | "width" | "height">): PixelSource {
  return createPixelPyramid({ data: rgba, columns: width, rows: height }, width, height);
}

const emptyQuestion = (size: number) => ({
  size,
  image: new Float32Array(3 * size * size),
  prompt: new Float32Array(4 * size * size),
});
