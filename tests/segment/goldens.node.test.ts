import { readFile } from "node:fs/promises";
import { type Bitmask, bitmaskArea, bitmaskFromRle, isBitSet } from "@limn/shared/raster";
import { familyOf, type PixelSource, type RunNetwork } from "@limn/shared/segment";
import * as ort from "onnxruntime-node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Golden {
  readonly image: string;
  readonly size: readonly [height: number, width: number];
  readonly box: readonly [number, number, number, number] | null;
  readonly clicks: readonly { x: number; y: number; inside: boolean }[];
  readonly steps: readonly { readonly clicks: number; readonly counts: readonly number[] }[];
}

const goldens = JSON.parse(
  await readFile(new URL("goldens.json", import.meta.url), "utf8"),
) as readonly Golden[];

let session: ort.InferenceSession;
beforeAll(async () => {
  session = await ort.InferenceSession.create("models/default/model.w16.onnx", {
    intraOpNumThreads: 1,
  });
});
afterAll(() => session.release());

const run: RunNetwork = async ({ size, image, prompt }) => {
  const answer = await session.run(
    {
      image: new ort.Tensor("float32", image, [1, 3, size, size]),
      prompt: new ort.Tensor("float32", prompt, [1, 4, size, size]),
    },
    ["logits"],
  );
  return answer["logits"]?.data as Float32Array;
};

async function pixelsOf(name: string): Promise<PixelSource> {
  const { data, info } = await sharp(`apps/server/samples/${name}`)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const whole = { left: 0, top: 0, right: info.width, bottom: info.height };
  return {
    width: info.width,
    height: info.height,
    read(box) {
      const columns = box.right - box.left;
      const rows = box.bottom - box.top;
      const part = new Uint8Array(4 * columns * rows);
      for (let y = 0; y < rows; y++) {
        const from = 4 * ((box.top + y) * whole.right + box.left);
        part.set(data.subarray(from, from + 4 * columns), 4 * y * columns);
      }
      return Promise.resolve({ box, columns, rows, data: part });
    },
  };
}

function intersectionOverUnion(a: Bitmask, b: Bitmask): number {
  let common = 0;
  for (let y = a.top; y < a.top + a.height; y++)
    for (let x = a.left; x < a.left + a.width; x++)
      if (isBitSet(a, x, y) && isBitSet(b, x, y)) common++;
  return common / (bitmaskArea(a) + bitmaskArea(b) - common);
}

describe("[S1] masks equal those of the reference predictor (make_goldens.py)", () => {
  for (const golden of goldens)
    test(`${golden.image}, ${golden.box ? "box" : "clicks only"}`, async () => {
      const pixels = await pixelsOf(golden.image);
      const family = familyOf("click-net");
      if (!family) throw new Error("no family");
      const [x0, y0, x1, y1] = golden.box ?? [0, 0, 0, 0];
      let mask: Bitmask | undefined;
      for (const step of golden.steps) {
        const answer = await family.segment(
          {
            ...(golden.box ? { box: { x: x0, y: y0, width: x1 - x0, height: y1 - y0 } } : {}),
            clicks: golden.clicks.slice(0, step.clicks),
            ...(mask ? { mask } : {}),
          },
          { pixels, run, now: () => performance.now() },
        );
        const wanted = bitmaskFromRle({ size: golden.size, counts: step.counts });
        const overlap = intersectionOverUnion(answer.mask, wanted);
        // Each step starts from the reference's mask, so that small differences do not add up.
        mask = wanted;
        console.log(
          `${golden.image} after ${step.clicks} clicks: IoU ${overlap.toFixed(4)}, score ${answer.score.toFixed(3)}, crop ${answer.times.crop.toFixed(1)} network ${answer.times.network.toFixed(1)} mask ${answer.times.mask.toFixed(1)} ms`,
        );
        expect(overlap).toBeGreaterThan(0.97);
        for (const click of golden.clicks.slice(0, step.clicks))
          expect(isBitSet(answer.mask, Math.floor(click.x), Math.floor(click.y))).toBe(
            click.inside,
          );
      }
    });
});
