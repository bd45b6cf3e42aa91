import { expect, test } from "vitest";
import type { NetworkInput } from "./family.ts";
import { lookInMirror } from "./look-in-mirror.ts";

// Two pixels a side: planes are [top left, top right, bottom left, bottom right].
const input: NetworkInput = {
  size: 2,
  image: new Float32Array([1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400]),
  prompt: new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0]),
};

test("[S5b] the network sees picture and prompt in a mirror, the first answer's probabilities as the mask, and is turned round", async () => {
  const seen: NetworkInput[] = [];
  const logits = await lookInMirror(
    input,
    new Float32Array([0, Math.log(3), -Math.log(3), 100]),
    (asked) => {
      seen.push(asked);
      return Promise.resolve(new Float32Array([5, 6, 7, 8]));
    },
  );
  expect([...logits]).toEqual([6, 5, 8, 7]);
  expect(seen).toHaveLength(1);
  expect([...(seen[0]?.image ?? [])]).toEqual([2, 1, 4, 3, 20, 10, 40, 30, 200, 100, 400, 300]);
  const prompt = [...(seen[0]?.prompt ?? [])];
  expect(prompt.slice(0, 8)).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
  [0.75, 0.5, 1, 0.25].forEach((probability, i) =>
    expect(prompt[8 + i]).toBeCloseTo(probability, 6),
  );
  expect(prompt.slice(12)).toEqual([1, 1, 0, 0]);
  // What was asked first is left as it was.
  expect([...input.prompt.subarray(8, 12)]).toEqual([0, 0, 0, 0]);
});
