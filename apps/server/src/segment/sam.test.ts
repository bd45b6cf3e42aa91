import {
  bitmaskArea,
  bitmaskBounds,
  type Bitmask,
  createBitmask,
  isBitSet,
} from "@limn/shared/raster";
import {
  createPixelPyramid,
  packEmbedding,
  type PixelSource,
  sam,
  type SegmentInput,
  type Tensor,
  unpackEmbedding,
} from "@limn/shared/segment";
import { beforeAll, describe, expect, test } from "vitest";
import { TINY_SAMS, tinyModel } from "../testing/tiny-models.ts";
import { openAnyNetwork } from "./network.ts";

/** Wide, so that what mixes up the sides shows. */
const WIDTH = 1500;
const HEIGHT = 500;

function makePicture(width: number, height: number) {
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set([(x * 255) / width, (y * 255) / height, (x * y) % 256, 255], 4 * (y * width + x));
  return createPixelPyramid({ data, columns: width, rows: height }, width, height);
}

const click = (x: number, y: number, inside = true) => ({ x, y, inside });

async function openTiny(name: (typeof TINY_SAMS)[number], pixels: PixelSource) {
  const encoder = await openAnyNetwork(tinyModel(`tiny-${name}-encoder`), 1);
  const decoder = await openAnyNetwork(tinyModel(`tiny-${name}-decoder`), 1);
  const shown = (await sam.encoderInput?.(pixels, encoder.signature)) ?? {};
  const embedding = await encoder.run(shown);
  let asked: Readonly<Record<string, Tensor>> = {};
  return {
    shown,
    embedding,
    /** What the decoder was given last. */
    asked: (input: string) => asked[input]?.data ?? new Float32Array(),
    ask: (input: SegmentInput) =>
      sam.segment(input, {
        pixels,
        run: () => Promise.reject(new Error("There is no click network here.")),
        encoded: {
          embedding,
          decoder: {
            signature: decoder.signature,
            run(inputs) {
              asked = inputs;
              return decoder.run(inputs);
            },
          },
        },
        now: () => performance.now(),
      }),
  };
}

describe.each(TINY_SAMS)("%s", (name) => {
  const pixels = makePicture(WIDTH, HEIGHT);
  let tiny: Awaited<ReturnType<typeof openTiny>>;
  beforeAll(async () => {
    tiny = await openTiny(name, pixels);
  });
  const ask = (input: SegmentInput) => tiny.ask(input);

  test("[MO1] the encoder sees the whole picture, stretched to its square, as it was taught to", () => {
    const [tensor] = Object.values(tiny.shown);
    expect(tensor?.dims).toEqual([1, 3, 1024, 1024]);
    const shadeAt = (channel: number, u: number, v: number) =>
      Number(tensor?.data[channel * 1024 * 1024 + v * 1024 + u]);
    const shades = [shadeAt(0, 512, 100), shadeAt(1, 100, 512)];
    const half =
      name === "sam2" ? [(127.5 - 123.675) / 58.395, (127.5 - 116.28) / 57.12] : [0.5, 0.5];
    expect(shades[0]).toBeCloseTo(half[0] ?? NaN, 1);
    expect(shades[1]).toBeCloseTo(half[1] ?? NaN, 1);
  });

  test("[MO2] a box gives what lies in it, to the pixel of the decoder's grid", async () => {
    const box = { x: 300, y: 100, width: 600, height: 250 };
    const { mask, score } = await ask({ box, clicks: [] });
    const bounds = bitmaskBounds(mask);
    // A cell of the grid is 5.9 x 2 pixels.
    expect(Math.abs((bounds?.left ?? 0) - 300)).toBeLessThan(6);
    expect(Math.abs((bounds?.right ?? 0) - 900)).toBeLessThan(6);
    expect(Math.abs((bounds?.top ?? 0) - 100)).toBeLessThan(3);
    expect(Math.abs((bounds?.bottom ?? 0) - 350)).toBeLessThan(3);
    expect(bitmaskArea(mask)).toBeGreaterThan(0.95 * 600 * 250);
    // Of the last candidate, which expects most of itself.
    expect(score).toBeCloseTo(0.9, 1);
  });

  test("[MO2] a click inside gives an object around it", async () => {
    const { mask } = await ask({ clicks: [click(1200, 120)] });
    const bounds = bitmaskBounds(mask);
    expect(Math.abs(((bounds?.left ?? 0) + (bounds?.right ?? 0)) / 2 - 1200)).toBeLessThan(12);
    expect(Math.abs(((bounds?.top ?? 0) + (bounds?.bottom ?? 0)) / 2 - 120)).toBeLessThan(4);
  });

  test("[MO3] every click ends on its side, with whatever the network makes of it", async () => {
    let seed = 20261126;
    const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 5; round++) {
      const clicks = Array.from({ length: 8 }, () =>
        click(random() * WIDTH, random() * HEIGHT, random() > 0.5),
      );
      const { mask } = await ask({ clicks });
      for (const { x, y, inside } of clicks)
        expect(isBitSet(mask, Math.floor(x), Math.floor(y)), `seed 20261126, round ${round}`).toBe(
          inside,
        );
    }
  });

  test("[MO13] the other candidates stand beside the best one, each finished, the likelier ones first", async () => {
    const inside = click(620, 200);
    const outside = click(700, 300, false);
    const box = { x: 300, y: 100, width: 600, height: 250 };
    const { mask, score, others } = await ask({ box, clicks: [inside, outside] });
    // Whoever asked may have moved it to another thread.
    structuredClone(mask, { transfer: [mask.data.buffer as ArrayBuffer] });
    const rest = others();
    expect(rest.length).toBe(name === "sam2" ? 3 : 2);
    const scores = [score, ...rest.map((other) => other.score)];
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    // The tiny networks' are smaller, the less they expect of themselves.
    const areas = rest.map((other) => bitmaskArea(other.mask));
    expect(areas).toEqual(areas.toSorted((a, b) => b - a));
    for (const other of rest) {
      expect(isBitSet(other.mask, inside.x, inside.y)).toBe(true);
      expect(isBitSet(other.mask, outside.x, outside.y)).toBe(false);
    }
  });

  test("[MO4] a mask that is there is not lost, and is not changed for whoever lent it", async () => {
    const before = createBitmask({ left: 100, top: 50, right: 400, bottom: 300 });
    before.data.fill(1);
    const lent: Bitmask = { ...before, data: before.data.slice() };
    const { mask } = await ask({ clicks: [click(150, 200, false)], mask: lent });
    expect(lent).toEqual(before);
    expect(isBitSet(mask, 150, 200)).toBe(false);
    expect(isBitSet(mask, 380, 60)).toBe(true);
    expect(isBitSet(mask, 700, 60)).toBe(false);
  });

  test("[MO5] the embedding survives being stored in half precision", async () => {
    const stored = unpackEmbedding(packEmbedding(tiny.embedding));
    expect(stored.map(({ dims }) => dims)).toEqual(tiny.embedding.map(({ dims }) => [...dims]));
    const first = tiny.embedding[0]?.data ?? [];
    for (let i = 0; i < first.length; i += 997)
      expect(Number(stored[0]?.data[i])).toBeCloseTo(Number(first[i]), 2);
  });

  test("a picture with no pixel of the object gives an empty mask", async () => {
    const { mask } = await ask({ clicks: [click(10, 10, false)] });
    expect(bitmaskArea(mask)).toBe(0);
  });
});

test("[MO4] SAM 2 is given the mask that is there, on its grid", async () => {
  const tiny = await openTiny("sam2", makePicture(WIDTH, HEIGHT));
  const mask = createBitmask({ left: 100, top: 50, right: 400, bottom: 300 });
  mask.data.fill(1);
  await tiny.ask({ clicks: [click(150, 200, false)], mask });
  expect([...tiny.asked("has_mask_input")]).toEqual([1]);
  // A cell in the middle of the mask, and one in a corner of the picture.
  const at = Math.floor((175 * 256) / HEIGHT) * 256 + Math.floor((250 * 256) / WIDTH);
  expect(tiny.asked("mask_input")[at]).toBe(10);
  expect(tiny.asked("mask_input")[255]).toBe(-10);
  await tiny.ask({ clicks: [click(150, 200)] });
  expect([...tiny.asked("has_mask_input")]).toEqual([0]);
});

test("[MO3] EfficientSAM gets the box and the last clicks inside, six points at most", async () => {
  const tiny = await openTiny("efficient-sam", makePicture(400, 200));
  await tiny.ask({
    box: { x: 100, y: 50, width: 200, height: 100 },
    clicks: [1, 2, 3, 4, 5, 6].map((i) => click(100 + 20 * i, 100, i !== 6)),
  });
  expect([...tiny.asked("batched_point_labels")]).toEqual([2, 3, 1, 1, 1, 1]);
  // 256 across and down, less the half pixel of the encoder's square that the network adds.
  const want = [
    [100, 50],
    [300, 150],
    [140, 100],
    [160, 100],
    [180, 100],
    [200, 100],
  ].flatMap(([x = 0, y = 0]) => [(x * 256) / 400 - 0.125, (y * 256) / 200 - 0.125]);
  const coords = [...tiny.asked("batched_point_coords")].map(Number);
  expect(coords.length).toBe(want.length);
  coords.forEach((value, i) => expect(value).toBeCloseTo(want[i] ?? NaN, 4));
});
