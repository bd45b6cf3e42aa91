import type { Family, PixelSource, RunNetwork, Tensor } from "./family.ts";
import type { Signature } from "./signature.ts";

/** Any network: called with what it takes, by name. */
export interface Network {
  readonly signature: Signature;
  /** Gives the outputs in the network's own order. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<readonly Tensor[]>;
}

/** A network of the click family, opened as any other. */
export function runWhole(network: Network): RunNetwork {
  const at = network.signature.outputs.findIndex(({ name }) => name === "logits");
  return async ({ size, image, prompt }) => {
    const outputs = await network.run({
      image: { data: image, dims: [1, 3, size, size] },
      prompt: { data: prompt, dims: [1, 4, size, size] },
    });
    const logits = outputs[at]?.data;
    if (!(logits instanceof Float32Array) || logits.length !== size * size)
      throw new Error(`Its logits are not ${size} x ${size}.`);
    return logits;
  };
}

/** What an encoder gives for a picture. @throws Error when networks of this family have none */
export async function encodePicture(
  family: Family,
  pixels: PixelSource,
  encoder: Network,
): Promise<readonly Tensor[]> {
  const shown = await family.encoderInput?.(pixels, encoder.signature);
  if (!shown) throw new Error(`Networks of the kind ${family.id} have no encoder.`);
  return encoder.run(shown);
}

/** Stands in the place of the whole network where there are an encoder and a decoder: such families do not call it. */
export const notAskedWhole: RunNetwork = () =>
  Promise.reject(new Error("A network with an encoder is not asked whole."));
