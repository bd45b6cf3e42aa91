import {
  createPixelPyramid,
  familyOf,
  type PixelSource,
  type RunNetwork,
} from "@limn/shared/segment";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";
import { answerCalls } from "../workers/answer-calls.ts";
import type { SegmentCalls } from "./segment-calls.ts";

/* The thread that runs the network: a session blocks whatever thread it runs in. */

sharp.concurrency(1);

/** More pixels are decoded reduced: the network never looks at more than 384 across. */
const DECODED_SIDE = 4096;
/** 64 MB each at most. */
const PICTURES_KEPT = 3;

const sessions = new Map<string, Promise<InferenceSession>>();
const pictures = new Map<string, Promise<PixelSource>>();

function sessionOf(modelPath: string): Promise<InferenceSession> {
  const known = sessions.get(modelPath);
  if (known) return known;
  const loading = InferenceSession.create(modelPath, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: 2,
    interOpNumThreads: 1,
  });
  sessions.set(modelPath, loading);
  // A model that could not be read may be there at the next try.
  loading.catch(() => sessions.delete(modelPath));
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
  const decoding = decode(path, width, height);
  pictures.set(key, decoding);
  decoding.catch(() => pictures.delete(key));
  for (const oldest of pictures.keys()) {
    if (pictures.size <= PICTURES_KEPT) break;
    pictures.delete(oldest);
  }
  return decoding;
}

async function decode(path: string, width: number, height: number): Promise<PixelSource> {
  const { data, info } = await sharp(path, { limitInputPixels: false })
    .resize({ width: DECODED_SIDE, height: DECODED_SIDE, fit: "inside", withoutEnlargement: true })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return createPixelPyramid({ data, columns: info.width, rows: info.height }, width, height);
}

function runWith(session: InferenceSession): RunNetwork {
  return async ({ size, image, prompt }) => {
    const answer = await session.run(
      {
        image: new Tensor("float32", image, [1, 3, size, size]),
        prompt: new Tensor("float32", prompt, [1, 4, size, size]),
      },
      ["logits"],
    );
    const logits = answer["logits"]?.data;
    if (!(logits instanceof Float32Array)) throw new Error("The model gives no logits.");
    return logits;
  };
}

answerCalls<SegmentCalls>({
  async load({ modelPath }) {
    const began = performance.now();
    await sessionOf(modelPath);
    return { ms: performance.now() - began };
  },

  async segment({ modelPath, family: familyId, picturePath, pictureKey, width, height, input }) {
    const family = familyOf(familyId);
    if (!family) throw new Error(`This server does not know models of the kind ${familyId}.`);
    const [session, pixels] = await Promise.all([
      sessionOf(modelPath),
      pictureOf(pictureKey, picturePath, width, height),
    ]);
    return family.segment(input, { pixels, run: runWith(session), now: () => performance.now() });
  },
});
