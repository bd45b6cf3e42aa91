import { samDecoder, samEncoder } from "./sam-signatures.ts";
import { describePort, portFits, type Signature } from "./signature.ts";

/** Why files are no model that can be asked here: one sentence for whoever gave them. */
export class SignatureRefusal extends Error {
  override readonly name = "SignatureRefusal";
}

/** Which file is what; `key` is whatever the caller knows the file by. */
export type Recognised<K> = {
  /** What it is, for people. */
  readonly architecture: string;
} & (
  | { readonly family: "click-net"; readonly files: { readonly network: K } }
  | { readonly family: "sam"; readonly files: { readonly encoder: K; readonly decoder: K } }
);

const WANTED =
  "a click network (image [n, 3, s, s] and prompt [n, 4, s, s] in, logits out), or the encoder and the decoder of a SAM 2 or an EfficientSAM";

function isClickNet({ inputs, outputs }: Signature): boolean {
  const named = (name: string) => inputs.find((port) => port.name === name);
  return (
    inputs.length === 2 &&
    portFits(named("image"), "image", "float32", [1, 3, null, null]) &&
    portFits(named("prompt"), "prompt", "float32", [1, 4, null, null]) &&
    outputs.some((port) => port.name === "logits" && port.type === "float32")
  );
}

const hasFixedSize = ({ inputs }: Signature): boolean =>
  inputs.some(({ dims }) => dims.slice(2).some((dim) => typeof dim === "number" && dim > 0));

/**
 * Finds the family of a model by the inputs and outputs of its file or files, whatever their names and order.
 * @throws SignatureRefusal for anything else.
 */
export function recogniseModel<K>(
  files: readonly { key: K; signature: Signature }[],
): Recognised<K> {
  const [first, second] = files;
  if (!first || files.length > 2)
    throw new SignatureRefusal(`A model has one file or two: give ${WANTED}.`);
  if (!second) {
    if (isClickNet(first.signature) && hasFixedSize(first.signature))
      throw new SignatureRefusal(
        "This click network takes pictures of one size alone: export it so that height and width may be 256 and 384.",
      );
    if (isClickNet(first.signature))
      return { architecture: "click network", family: "click-net", files: { network: first.key } };
    const missing = samDecoder(first.signature)
      ? "the encoder"
      : samEncoder(first.signature)
        ? "the decoder"
        : undefined;
    if (missing) throw new SignatureRefusal(`This is one half of a SAM: give ${missing} with it.`);
    throw new SignatureRefusal(`${whatItTakes(first.signature)}, but wanted is ${WANTED}.`);
  }
  for (const [encoder, decoder] of [
    [first, second],
    [second, first],
  ] as const) {
    const kind = samDecoder(decoder.signature);
    if (!kind?.isEncoder(encoder.signature)) continue;
    return {
      architecture: kind.name,
      family: "sam",
      files: { encoder: encoder.key, decoder: decoder.key },
    };
  }
  throw new SignatureRefusal(
    `The two files are not the encoder and the decoder of one SAM 2 or EfficientSAM: ${whatItTakes(first.signature)}; ${whatItTakes(second.signature)}.`,
  );
}

function whatItTakes({ inputs }: Signature): string {
  const ports = inputs.slice(0, 4).map(describePort);
  if (inputs.length > ports.length) ports.push(`${inputs.length - ports.length} more`);
  return ports.length === 0 ? "The network takes nothing" : `The network takes ${ports.join(", ")}`;
}
