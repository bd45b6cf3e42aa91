import {
  type Click,
  type Crop,
  cropFor,
  inputSizeFor,
  makeTensors,
  type PixelSource,
} from "../segment/index.ts";
import { CHANNELS, CHANNELS4, enlarge, type RunWithFeatures } from "./last-layer.ts";
import { inputOf } from "./picture-session.ts";
import { type Random, shuffle } from "./random.ts";
import type { Prompt } from "./trace.ts";
import type { Truth } from "./truth.ts";

/** Pixels of one prediction at half the input's size, with what the last layer sees of them. */
export interface FeatureSamples {
  readonly count: number;
  /** [count, 64]: the 16 features at stride 2, then the 48 at stride 4. */
  readonly features: Float32Array;
  /** Share of the pixel that is the object, 0..1. */
  readonly targets: Float32Array;
  /** What the network says as it is. */
  readonly offsets: Float32Array;
}

interface Subject {
  readonly pixels: PixelSource;
  readonly truth: Truth;
}

/** Runs the network on one prompt and takes up to `most` pixels of its answer, chosen by chance among those that count. */
export async function sampleFeatures(
  { pixels, truth }: Subject,
  prompt: Prompt,
  run: RunWithFeatures,
  most: number,
  random: Random,
): Promise<FeatureSamples> {
  const input = inputOf(prompt);
  const crop = cropFor(input, pixels);
  const size = inputSizeFor(crop, prompt.mask !== undefined);
  const { logits, features, features4 } = await run(await makeTensors(input, crop, size, pixels));
  const half = size / 2;
  const area = half * half;
  const plane = (mask: Truth["object"]): Promise<Float32Array> =>
    halvedMask({ clicks: [], mask }, crop, size, pixels);
  const object = await plane(truth.object);
  const ignored = await plane(truth.ignored);
  const usable: number[] = [];
  for (let i = 0; i < area; i++)
    if ((ignored[i] ?? 0) < 0.01 && isInPicture(i, half, crop, pixels)) usable.push(i);
  const chosen = shuffle(usable, random).slice(0, most);
  const coarse: Float32Array[] = [];
  const quarter = area / 4;
  for (let c = 0; c < CHANNELS4; c++)
    coarse.push(enlarge(features4.subarray(c * quarter, (c + 1) * quarter), half / 2));
  const width = CHANNELS + CHANNELS4;
  const taken = new Float32Array(chosen.length * width);
  chosen.forEach((at, n) => {
    for (let c = 0; c < CHANNELS; c++) taken[n * width + c] = features[c * area + at] ?? 0;
    for (let c = 0; c < CHANNELS4; c++) taken[n * width + CHANNELS + c] = coarse[c]?.[at] ?? 0;
  });
  const small = halve(logits, size);
  return {
    count: chosen.length,
    features: taken,
    targets: Float32Array.from(chosen, (at) => object[at] ?? 0),
    offsets: Float32Array.from(chosen, (at) => small[at] ?? 0),
  };
}

/** A mask as the network would be shown it, at half the size. */
async function halvedMask(
  input: { readonly clicks: readonly Click[]; readonly mask: Truth["object"] },
  crop: Crop,
  size: number,
  pixels: PixelSource,
): Promise<Float32Array> {
  const { prompt } = await makeTensors(input, crop, size, pixels);
  return halve(prompt.subarray(2 * size * size, 3 * size * size), size);
}

/** Means of 2 x 2 samples. */
function halve(plane: Float32Array, size: number): Float32Array {
  const half = size / 2;
  const out = new Float32Array(half * half);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      const at = 2 * y * size + 2 * x;
      const sum =
        (plane[at] ?? 0) +
        (plane[at + 1] ?? 0) +
        (plane[at + size] ?? 0) +
        (plane[at + size + 1] ?? 0);
      out[y * half + x] = sum / 4;
    }
  return out;
}

/** Does sample `i` of the half-sized crop lie in the picture? */
function isInPicture(i: number, half: number, crop: Crop, { width, height }: PixelSource): boolean {
  const step = crop.side / half;
  const x = crop.centerX - crop.side / 2 + ((i % half) + 0.5) * step;
  const y = crop.centerY - crop.side / 2 + (Math.floor(i / half) + 0.5) * step;
  return x > 0 && y > 0 && x < width && y < height;
}
