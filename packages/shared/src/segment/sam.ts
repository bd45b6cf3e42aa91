import {
  type Bitmask,
  bitmaskArea,
  type PixelBox,
  createBitmask,
  trimBitmask,
} from "../raster/index.ts";
import { type Candidate, distinctCandidates } from "./candidates.ts";
import type {
  Click,
  EncodedPicture,
  Family,
  PixelSource,
  SegmentInput,
  SegmentOutput,
  Tensor,
} from "./family.ts";
import { fillFromGrid } from "./project-back.ts";
import { emptyMask, finishMask } from "./refine-mask.ts";
import { shrinkSamples, stretchPlane } from "./resample.ts";
import {
  INPUT_SIDE,
  LOGITS_SIDE,
  samDecoder,
  samEncoder,
  type SamSignature,
  type Size,
} from "./sam-signatures.ts";
import { channelOf, CLICK_RADIUS, maskWithin, shrunk } from "./tensors.ts";

/** Logits of pixels that are surely of the mask that is given to the decoder, or surely not. */
const SURE = 10;
const PLANE = LOGITS_SIDE * LOGITS_SIDE;

/** Networks of the SAM family: an encoder sees the whole picture once, a small decoder answers every prompt. */
export const sam: Family = {
  id: "sam",

  async encoderInput(pixels, encoder) {
    const signature = samEncoder(encoder);
    const [port] = encoder.inputs;
    if (!signature || !port) throw new Error("The encoder is not one of a SAM that is known here.");
    return { [port.name]: await encoderTensor(pixels, signature) };
  },

  async segment(input, { encoded, pixels, now }) {
    const signature = encoded && samDecoder(encoded.decoder.signature);
    if (!encoded || !signature) throw new Error("The picture has not been encoded.");
    const began = now();
    const given = signature.takesMask && input.mask ? maskLogits(input.mask, pixels) : undefined;
    const prompts = signature.prompts(input, pixels, given);
    const asked = now();
    const answers = prompts ? await askDecoder(encoded, signature, prompts, input, pixels) : [];
    const answered = now();
    const radius = (CLICK_RADIUS * Math.max(pixels.width, pixels.height)) / INPUT_SIDE;
    const finished = (found: Bitmask): Bitmask => finishMask(input, found, radius, pixels);
    const candidate = ({ logits, score }: Answer): Candidate => ({
      mask: finished(maskOf(logits, pixels)),
      score,
    });
    const [first, ...rest] = answers;
    // Of a network that is asked nothing the mask stays that there is, but for the clicks.
    const best = first
      ? candidate(first)
      : { mask: finished(copyOf(input.mask ?? emptyMask())), score: 0 };
    // What was given away may be gone by then.
    const kept = rest.length > 0 ? { ...best, mask: copyOf(best.mask) } : best;
    return {
      ...best,
      others: () =>
        distinctCandidates([kept, ...rest.map(candidate)]).filter((one) => one !== kept),
      times: { crop: asked - began, network: answered - asked, mask: now() - answered },
    } satisfies SegmentOutput;
  },
};

/** Masks are changed while they are finished; one that a caller lent is not ours to change. */
const copyOf = (mask: Bitmask): Bitmask => ({ ...mask, data: mask.data.slice() });

/** The whole picture, stretched to the encoder's square. */
async function encoderTensor(pixels: PixelSource, signature: SamSignature): Promise<Tensor> {
  const { width, height } = pixels;
  const scale = Math.min(1, Math.max(INPUT_SIDE / width, INPUT_SIDE / height));
  const window = await pixels.read({ left: 0, top: 0, right: width, bottom: height }, scale);
  const side = INPUT_SIDE;
  const data = new Float32Array(3 * side * side);
  for (let channel = 0; channel < 3; channel++) {
    const samples = channelOf(window, channel);
    const small = shrinkSamples(
      samples,
      shrunk(side, samples.width, side / samples.width),
      shrunk(side, samples.height, side / samples.height),
    );
    stretchPlane(small, side, data, channel * side * side);
    for (let i = channel * side * side; i < (channel + 1) * side * side; i++)
      data[i] = signature.shade(data[i] ?? 0, channel);
  }
  return { dims: [1, 3, side, side], data };
}

/** The mask there is as the decoder gives masks: on the grid of the whole picture, by the share of each cell that it covers. */
function maskLogits(mask: Bitmask, picture: Size): Float32Array | undefined {
  if (bitmaskArea(mask) === 0) return undefined;
  const whole: PixelBox = { left: 0, top: 0, right: picture.width, bottom: picture.height };
  const samples = maskWithin(mask, whole);
  const side = LOGITS_SIDE;
  const logits = new Float32Array(PLANE);
  const small = shrinkSamples(
    samples,
    Math.min(side, samples.width),
    Math.min(side, samples.height),
  );
  stretchPlane(small, side, logits, 0);
  for (let i = 0; i < PLANE; i++) logits[i] = SURE * (2 * (logits[i] ?? 0) - 1);
  return logits;
}

interface Answer {
  readonly logits: Float32Array;
  readonly score: number;
}

/** All that the decoder answers, those first that obey most clicks, and of these those that expect most of themselves. */
async function askDecoder(
  { embedding, decoder }: EncodedPicture,
  signature: SamSignature,
  prompts: Record<string, Tensor>,
  { clicks }: SegmentInput,
  picture: Size,
): Promise<Answer[]> {
  const inputs = { ...prompts };
  signature.embeddings.forEach((name, i) => {
    const part = embedding[i];
    if (!part) throw new Error(`The encoder gave no ${name}.`);
    inputs[name] = part;
  });
  const [masks, scores] = await decoder.run(inputs);
  const count = scores?.data.length ?? 0;
  if (!(masks?.data instanceof Float32Array) || count === 0 || masks.data.length !== count * PLANE)
    throw new Error("The decoder gave masks of another size than was asked for.");
  return Array.from({ length: count }, (_, i) => {
    const logits = masks.data.subarray(i * PLANE, (i + 1) * PLANE) as Float32Array;
    const score = Math.min(1, Math.max(0, Number(scores?.data[i])));
    const obeyed = clicks.filter((click) => logitAt(logits, click, picture) > 0 === click.inside);
    return { logits, score, obeyed: obeyed.length };
  }).toSorted((a, b) => b.obeyed - a.obeyed || b.score - a.score);
}

/** The grid's cell that holds the click. */
function logitAt(logits: Float32Array, click: Click, picture: Size): number {
  const cell = (at: number, extent: number): number =>
    Math.min(LOGITS_SIDE - 1, Math.max(0, Math.floor((at * LOGITS_SIDE) / extent)));
  return logits[cell(click.y, picture.height) * LOGITS_SIDE + cell(click.x, picture.width)] ?? 0;
}

/** From logits on the grid of the whole picture to its pixels, cropped to those that are set. */
function maskOf(logits: Float32Array, picture: Size): Bitmask {
  const side = LOGITS_SIDE;
  const rect = { left: side, top: side, right: -1, bottom: -1 };
  for (let i = 0; i < PLANE; i++) {
    if ((logits[i] ?? 0) <= 0) continue;
    const x = i % side;
    const y = (i - x) / side;
    rect.left = Math.min(rect.left, x);
    rect.right = Math.max(rect.right, x);
    rect.top = Math.min(rect.top, y);
    rect.bottom = Math.max(rect.bottom, y);
  }
  if (rect.right < 0) return emptyMask();
  const { width, height } = picture;
  const step = side / width;
  // The surface falls below 0 before the next sample at the latest.
  const mask = createBitmask({
    left: Math.max(0, Math.floor(((rect.left - 0.5) * width) / side)),
    top: Math.max(0, Math.floor(((rect.top - 0.5) * height) / side)),
    right: Math.min(width, Math.ceil(((rect.right + 1.5) * width) / side)),
    bottom: Math.min(height, Math.ceil(((rect.bottom + 1.5) * height) / side)),
  });
  fillFromGrid(mask, logits, side, {
    gridX: (p) => (p + 0.5) * step - 0.5,
    gridY: (p) => ((p + 0.5) * side) / height - 0.5,
    step,
  });
  return trimBitmask(mask) ?? emptyMask();
}
