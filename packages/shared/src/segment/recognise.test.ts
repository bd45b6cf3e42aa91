import { expect, test } from "vitest";
import { packEmbedding, unpackEmbedding } from "./embedding.ts";
import { recogniseModel } from "./recognise.ts";
import type { Port, Signature } from "./signature.ts";

const port = (name: string, dims: Port["dims"], type = "float32"): Port => ({ name, type, dims });
const clickNet: Signature = {
  inputs: [port("image", ["n", 3, "h", "w"]), port("prompt", ["n", 4, "h", "w"])],
  outputs: [port("logits", ["n", 1, "h", "w"])],
};
const encoder: Signature = {
  inputs: [port("input", [1, 3, 1024, 1024])],
  outputs: [1, 2, 3].map((i) => port(String(i), [1, i, 64, 64])),
};
const decoder: Signature = {
  inputs: [
    port("image_embeddings", [1, 256, 64, 64]),
    port("high_res_features1", [1, 32, 256, 256]),
    port("high_res_features2", [1, 64, 128, 128]),
    port("point_coords", ["l", "p", 2]),
    port("point_labels", ["l", "p"]),
    port("mask_input", [1, 1, 256, 256]),
    port("has_mask_input", [1]),
    port("orig_im_size", [2], "int64"),
  ],
  outputs: [port("masks", ["l", 4, "h", "w"])],
};
const of = (...signatures: Signature[]) =>
  recogniseModel(signatures.map((signature, key) => ({ key, signature })));

test("[MO6] a click network and a SAM are known by what they take, in any order of files", () => {
  expect(of(clickNet)).toEqual({
    architecture: "click network",
    family: "click-net",
    files: { network: 0 },
  });
  expect(of(encoder, decoder)).toEqual({
    architecture: "SAM 2",
    family: "sam",
    files: { encoder: 0, decoder: 1 },
  });
  expect(of(decoder, encoder)).toEqual({
    architecture: "SAM 2",
    family: "sam",
    files: { encoder: 1, decoder: 0 },
  });
});

test("[MO6] anything else is refused with what it takes and what is wanted", () => {
  const resnet = { inputs: [port("data", [1, 3, 224, 224])], outputs: [port("label", [1, 1000])] };
  expect(() => of(resnet)).toThrow(
    "The network takes data float32 [1, 3, 224, 224], but wanted is a click network",
  );
  expect(() => of(encoder)).toThrow("one half of a SAM: give the decoder with it");
  expect(() => of(decoder)).toThrow("one half of a SAM: give the encoder with it");
  expect(() => of(clickNet, decoder)).toThrow("not the encoder and the decoder of one");
  expect(() => of(encoder, encoder)).toThrow("not the encoder and the decoder of one");
  expect(() => of()).toThrow("one file or two");
  const halfPrompt = {
    ...clickNet,
    inputs: [port("image", [1, 3, 8, 8]), port("prompt", ["n", 3, 8, 8])],
  };
  expect(() => of(halfPrompt)).toThrow("prompt float32 [n, 3, 8, 8]");
});

test("[MO5] what is no embedding is refused, and what is not finite is not stored", () => {
  const bytes = packEmbedding([{ dims: [1, 2, 2], data: new Float32Array([1, -2, 0.5, 1e9]) }]);
  expect([...(unpackEmbedding(bytes)[0]?.data ?? [])]).toEqual([1, -2, 0.5, 65_504]);
  for (const broken of [
    bytes.subarray(0, -1),
    bytes.subarray(1),
    new Uint8Array(),
    bytes.subarray(0, 14),
  ])
    expect(() => unpackEmbedding(broken)).toThrow("cannot be read");
  const huge = bytes.slice();
  new DataView(huge.buffer).setUint32(8, 4_000_000_000, true);
  expect(() => unpackEmbedding(huge)).toThrow("cannot be read");
  expect(() => packEmbedding([{ dims: [1], data: new Float32Array([NaN]) }])).toThrow("not finite");
});
