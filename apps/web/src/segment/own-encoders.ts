/// <reference lib="webworker" />
import { addressOf, api } from "@limn/shared/api";
import {
  encodePicture,
  familyOf,
  keepLast,
  packEmbedding,
  type Tensor,
} from "@limn/shared/segment";
import { EngineRefusal, type OpenNetwork, type Runtime } from "./engine.ts";
import type { ImageRef, OwnNetwork } from "./messages.ts";
import { embeddingOf, fetchBytes } from "./own-networks.ts";
import { pictureOf } from "./pictures.ts";

/* Encoders that a browser runs for its whole team: what they give goes to the server. */

/**
 * Cosine of the angle between what is given here and at the server. Pictures are decoded and reduced a little differently; a
 * wrong kernel gives something else altogether.
 */
const ALIKE_FROM = 0.98;

const encoders = keepLast<OpenNetwork>(1, (encoder) => void encoder.release());

/**
 * Has the picture seen by the project's encoder, and sends what it gives to the server. With `check` it is first compared with
 * what the server gave for this picture; then it is made once more, now that everything is warm.
 * @returns milliseconds to decode the picture (when it was not yet), to encode it and to send that
 * @throws Error with a sentence
 */
export async function encodeOwn(
  own: OwnNetwork,
  image: ImageRef,
  runtime: Pick<Runtime, "open">,
  check: boolean,
): Promise<number> {
  const { embedding } = own;
  if (!embedding?.encoder) throw new Error("This network has no encoder that runs here.");
  const { encoder: address, model, version } = embedding;
  const encoder = await encoders(address, async () =>
    runtime.open(await fetchBytes(address, "The project's encoder")),
  );
  const began = performance.now();
  await pictureOf(image);
  const decodeMs = performance.now() - began;
  if (check) requireAlike(await encode(own, image, encoder), await embeddingOf(image, embedding));
  const ready = performance.now();
  const packed = packEmbedding(await encode(own, image, encoder));
  await send(
    addressOf(api.sendEmbedding, {
      params: { imageId: image.id },
      query: { model, v: version },
    }),
    packed,
  );
  return decodeMs + performance.now() - ready;
}

async function encode(
  own: OwnNetwork,
  image: ImageRef,
  encoder: OpenNetwork,
): Promise<readonly Tensor[]> {
  const family = familyOf(own.family);
  if (!family) throw new Error(`This page does not know networks of the kind ${own.family}.`);
  return encodePicture(family, await pictureOf(image), encoder);
}

function requireAlike(found: readonly Tensor[], wanted: readonly Tensor[]): void {
  const isAlike =
    found.length === wanted.length &&
    wanted.every((tensor, i) => cosine(found[i]?.data ?? [], tensor.data) >= ALIKE_FROM);
  if (!isAlike) throw new EngineRefusal("No GPU: it encodes otherwise than the server.");
}

/** NaN, which is not alike, when the lengths differ or something is no number. */
function cosine(a: ArrayLike<number | bigint>, b: ArrayLike<number | bigint>): number {
  if (a.length !== b.length) return NaN;
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    both += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return both / Math.sqrt(ofA * ofB);
}

async function send(address: string, packed: Uint8Array<ArrayBuffer>): Promise<void> {
  const body = new FormData();
  body.append("files", new Blob([packed]), "embedding");
  const response = await fetch(address, { method: "PUT", credentials: "same-origin", body });
  if (!response.ok) throw new Error(`The server did not take the embedding (${response.status}).`);
}
