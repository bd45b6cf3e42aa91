/// <reference lib="webworker" />
import { addressOf, api } from "@limn/shared/api";
import {
  createPixelPyramid,
  familyOf,
  farthestApart,
  keepLast,
  type Network,
  type PixelSource,
  runWhole,
  type SegmentInput,
  type SegmentOutput,
  type Tensor,
  unpackEmbedding,
} from "@limn/shared/segment";
import { EngineRefusal, type LoadedEngine, type OpenNetwork } from "./engine.ts";
import type { ImageRef, OwnNetwork } from "./messages.ts";
import { pictureOf } from "./pictures.ts";

/* Networks that do not come with the product: their files and embeddings come from the server. */

const NETWORKS_KEPT = 2;
/** 17 MB each, unpacked. */
const EMBEDDINGS_KEPT = 3;
/** Share of the largest logit by which the graphics card may be off. */
const GPU_TOLERANCE = 0.05;

const networks = keepLast<OpenNetwork>(NETWORKS_KEPT, (network) => void network.release());
const embeddings = keepLast<Tensor[]>(EMBEDDINGS_KEPT);

export async function fetchBytes(address: string, what: string): Promise<Uint8Array> {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${what} could not be loaded (${response.status}).`);
  return new Uint8Array(await response.arrayBuffer());
}

function networkOf(own: OwnNetwork, engine: LoadedEngine): Promise<OpenNetwork> {
  return networks(own.address, async () => {
    const bytes = await fetchBytes(own.address, "The project's network");
    const network = await engine.open(bytes);
    if (engine.openOnProcessor) {
      const reference = await engine.openOnProcessor(bytes);
      await compare(own, network, reference);
      await reference.release();
    }
    return network;
  });
}

export function embeddingOf(
  image: ImageRef,
  { model, version }: NonNullable<OwnNetwork["embedding"]>,
): Promise<Tensor[]> {
  const address = addressOf(api.imageEmbedding, {
    params: { imageId: image.id },
    query: { model, v: version },
  });
  return embeddings(address, async () =>
    unpackEmbedding(await fetchBytes(address, "What the encoder gave for this image")),
  );
}

/** Loads what the first question needs. */
export async function prepareOwn(
  own: OwnNetwork,
  image: ImageRef,
  engine: LoadedEngine,
): Promise<void> {
  await Promise.all([
    networkOf(own, engine),
    own.embedding === null ? undefined : embeddingOf(image, own.embedding),
  ]);
}

/** Asks a network of the project's own. @throws Error with a sentence */
export async function segmentOwn(
  own: OwnNetwork,
  image: ImageRef,
  input: SegmentInput,
  engine: LoadedEngine,
): Promise<SegmentOutput> {
  const [network, embedding] = await Promise.all([
    networkOf(own, engine),
    own.embedding === null ? null : embeddingOf(image, own.embedding),
  ]);
  // The decoder has all from the encoder: the picture need not be decoded here.
  const pixels = embedding ? sizeOnly(image) : await pictureOf(image);
  return ask(own, network, pixels, embedding, input);
}

function ask(
  own: OwnNetwork,
  network: Network,
  pixels: PixelSource,
  embedding: readonly Tensor[] | null,
  input: SegmentInput,
): Promise<SegmentOutput> {
  const family = familyOf(own.family);
  if (!family) throw new Error(`This page does not know networks of the kind ${own.family}.`);
  return family.segment(input, {
    pixels,
    now: () => performance.now(),
    run: runWhole(network),
    ...(embedding ? { encoded: { embedding, decoder: network } } : {}),
  });
}

const sizeOnly = ({ width, height }: ImageRef): PixelSource => ({
  width,
  height,
  read: () => Promise.reject(new Error("The picture is not looked at here.")),
});

/** There is no stored answer for a network that somebody brought: the processor's is the right one. */
async function compare(own: OwnNetwork, network: Network, reference: Network): Promise<void> {
  // One after the other: the runtime aborts where a run on the graphics card meets another one's.
  const found = await firstOutput(own, network);
  const wanted = await firstOutput(own, reference);
  const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  // Not even then when one of them answers with what is no number.
  if (!(farthestApart(found, wanted) <= GPU_TOLERANCE * largest))
    throw new EngineRefusal("No GPU: it answers otherwise than the processor with this network.");
}

/** What a network answers first to a box on a small picture, or on an embedding of small numbers. */
async function firstOutput(own: OwnNetwork, network: Network): Promise<Float32Array> {
  const side = 256;
  const data = new Uint8Array(4 * side * side).map((_, i) => (i * 7) % 251);
  const pixels = createPixelPyramid({ data, columns: side, rows: side }, side, side);
  let first: Float32Array | undefined;
  const listening: Network = {
    signature: network.signature,
    async run(inputs) {
      const outputs = await network.run(inputs);
      // What it is asked after that hangs on this answer, and would carry its rounding on.
      if (outputs[0]?.data instanceof Float32Array) first ??= outputs[0].data.slice();
      return outputs;
    },
  };
  const embedding = own.embedding === null ? null : smallEmbedding(network);
  const box = { x: 64, y: 48, width: 128, height: 144 };
  await ask(own, listening, pixels, embedding, { box, clicks: [] });
  return first ?? new Float32Array();
}

/** As the decoder takes it: four-dimensional inputs of known size, but for the mask. */
function smallEmbedding({ signature }: Network): Tensor[] {
  return signature.inputs
    .filter(({ name, dims }) => dims.length === 4 && /features|embeddings/.test(name))
    .map(({ dims: wanted }) => {
      const dims = wanted.map((dim) => (typeof dim === "number" && dim > 0 ? dim : 1));
      const count = dims.reduce((product, dim) => product * dim, 1);
      return { dims, data: new Float32Array(count).map((_, i) => Math.sin(i) / 4) };
    });
}
