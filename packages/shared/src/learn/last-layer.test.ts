import { expect, test } from "vitest";
import { adaptedRun, enlarge, fitLastLayer, isLastLayer, type LastLayer } from "./last-layer.ts";
import { createRandom, normal } from "./random.ts";
import type { FeatureSamples } from "./sample-features.ts";

const CHANNELS = 64;

/** Samples of a world in which the truth is a linear function of the features, beside what the network says. */
function samplesOf(weights: readonly number[], bias: number, count: number, seed: string) {
  const random = createRandom(seed);
  const features = new Float32Array(count * CHANNELS);
  const targets = new Float32Array(count);
  const offsets = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    let logit = bias;
    for (let c = 0; c < CHANNELS; c++) {
      const value = normal(random);
      features[n * CHANNELS + c] = value;
      logit += value * (weights[c] ?? 0);
    }
    offsets[n] = normal(random);
    targets[n] = random() < 1 / (1 + Math.exp(-logit - (offsets[n] ?? 0))) ? 1 : 0;
  }
  return { count, features, targets, offsets } satisfies FeatureSamples;
}

test("[A1] the layer that made the samples is found again", () => {
  const weights = Array.from({ length: CHANNELS }, (_, c) => (c === 3 ? 1.5 : c === 40 ? -1 : 0));
  const samples = ["a", "b", "c", "d"].map((seed) => samplesOf(weights, 0.5, 3000, seed));
  const { weights: fine, weights4, bias } = fitLastLayer(samples, { lambda: 1e-4, coarse: true });
  const found = [...fine, ...(weights4 ?? [])];
  for (const [c, weight] of found.entries()) expect(weight).toBeCloseTo(weights[c] ?? 0, 0.7);
  expect(found[3]).toBeGreaterThan(1.3);
  expect(found[40]).toBeLessThan(-0.85);
  expect(bias).toBeCloseTo(0.5, 0.7);
});

test("[A1] without the coarse features only the fine ones are used; a strong pull leaves the network as it is", () => {
  const weights = Array.from({ length: CHANNELS }, (_, c) => (c < 32 ? 1 : 0));
  const samples = [samplesOf(weights, 0, 2000, "e")];
  expect(fitLastLayer(samples, { lambda: 0.003, coarse: false }).weights4).toBeNull();
  const held = fitLastLayer(samples, { lambda: 1e6, coarse: true });
  for (const weight of [...held.weights, ...(held.weights4 ?? []), held.bias])
    expect(Math.abs(weight)).toBeLessThan(1e-4);
});

test("[A2] a change of the last layer reaches the logits: bias, fine and coarse features", async () => {
  const size = 8;
  const half = 4;
  const features = new Float32Array(16 * half * half);
  // Channel 2 is 1 everywhere, channel 20 (coarse 4) is 10 everywhere.
  features.fill(1, 2 * half * half, 3 * half * half);
  const features4 = new Float32Array(48 * 4);
  features4.fill(10, 4 * 4, 5 * 4);
  const layer: LastLayer = {
    weights: Array.from({ length: 16 }, (_, c) => (c === 2 ? 3 : 0)),
    weights4: Array.from({ length: 48 }, (_, c) => (c === 4 ? 0.5 : 0)),
    bias: -1,
  };
  const logits = Float32Array.from({ length: size * size }, (_, i) => i);
  const run = adaptedRun(() => Promise.resolve({ logits, features, features4 }), layer);
  const input = { size, image: new Float32Array(0), prompt: new Float32Array(0) };
  expect([...(await run(input))]).toEqual([...logits].map((logit) => logit + 3 + 5 - 1));
});

test("[A2] enlarging is bilinear between sample centres, as torch and OpenCV do it", () => {
  expect([...enlarge(Float32Array.from([0, 4, 8, 12]), 2)]).toEqual([
    0, 1, 3, 4, 2, 3, 5, 6, 6, 7, 9, 10, 8, 9, 11, 12,
  ]);
});

test("a file that is no layer is told apart", () => {
  const layer = { weights: Array(16).fill(0), weights4: null, bias: 0 };
  expect(isLastLayer(layer)).toBe(true);
  for (const wrong of [
    null,
    {},
    { ...layer, weights: [1] },
    { ...layer, weights4: [1] },
    { ...layer, bias: Number.NaN },
    { ...layer, bias: "0" },
  ])
    expect(isLastLayer(wrong)).toBe(false);
});
