import type { NetworkInput, RunNetwork } from "./family.ts";
import { MASK_CHANNEL } from "./tensors.ts";

/** Planes of `size` x `size`, one after the other, each turned left to right. A copy. */
function mirrored(planes: Float32Array, size: number): Float32Array<ArrayBuffer> {
  const turned = new Float32Array(planes.length);
  for (let start = 0; start < planes.length; start += size)
    turned.set(planes.subarray(start, start + size).toReversed(), start);
  return turned;
}

/**
 * Looks at the same crop again in a mirror, and corrects: what the first look holds likely is shown as the mask there is. `logits` are the
 * first look's, [size, size]; so are those that come back, turned round again.
 */
export async function lookInMirror(
  { size, image, prompt }: NetworkInput,
  logits: Float32Array,
  run: RunNetwork,
): Promise<Float32Array> {
  const corrected = prompt.slice();
  corrected.set(
    logits.map((logit) => 1 / (1 + Math.exp(-logit))),
    MASK_CHANNEL * size * size,
  );
  const answer = await run({
    size,
    image: mirrored(image, size),
    prompt: mirrored(corrected, size),
  });
  return mirrored(answer, size);
}
