import { familyOf, type PixelSource } from "@limn/shared/segment";
import sharp from "sharp";
import { answerCalls } from "../workers/answer-calls.ts";
import { decodePicture } from "./decode-picture.ts";
import { type ClickNetwork, openNetwork, runOf } from "./network.ts";
import type { SegmentCalls } from "./segment-calls.ts";

/* The thread that answers clicks. */

sharp.concurrency(1);

const THREADS = 2;
/** 64 MB each at most. */
const PICTURES_KEPT = 3;

const networks = new Map<string, Promise<ClickNetwork>>();
const pictures = new Map<string, Promise<PixelSource>>();

function networkOf(modelPath: string): Promise<ClickNetwork> {
  const known = networks.get(modelPath);
  if (known) return known;
  const loading = openNetwork(modelPath, THREADS);
  networks.set(modelPath, loading);
  // A model that could not be read may be there at the next try.
  loading.catch(() => networks.delete(modelPath));
  return loading;
}

function pictureOf(key: string, path: string, width: number, height: number): Promise<PixelSource> {
  const known = pictures.get(key);
  if (known) {
    // Used last, dropped last.
    pictures.delete(key);
    pictures.set(key, known);
    return known;
  }
  const decoding = decodePicture(path, width, height);
  pictures.set(key, decoding);
  decoding.catch(() => pictures.delete(key));
  for (const oldest of pictures.keys()) {
    if (pictures.size <= PICTURES_KEPT) break;
    pictures.delete(oldest);
  }
  return decoding;
}

answerCalls<SegmentCalls>({
  async load({ modelPath }) {
    const began = performance.now();
    await networkOf(modelPath);
    return { ms: performance.now() - began };
  },

  async segment({ modelPath, layer, family: familyId, picturePath, pictureKey, ...question }) {
    const family = familyOf(familyId);
    if (!family) throw new Error(`This server does not know models of the kind ${familyId}.`);
    const { width, height, input } = question;
    const [network, pixels] = await Promise.all([
      networkOf(modelPath),
      pictureOf(pictureKey, picturePath, width, height),
    ]);
    const run = runOf(network, layer);
    return family.segment(input, { pixels, run, now: () => performance.now() });
  },
});
