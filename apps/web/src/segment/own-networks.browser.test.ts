import { bitmaskBounds } from "@limn/shared/raster";
import { packEmbedding } from "@limn/shared/segment";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import clickNet from "../../../../models/testing/tiny-click-net.onnx?url";
import nanNet from "../../../../models/testing/tiny-click-net-nan.onnx?url";
import decoder from "../../../../models/testing/tiny-sam2-decoder.onnx?url";
import efficientDecoder from "../../../../models/testing/tiny-efficient-sam-decoder.onnx?url";
import { loadEngine } from "./engine.ts";
import { segmentOwn } from "./own-networks.ts";

const image = { id: "picture", width: 600, height: 400 };
const box = { x: 120, y: 80, width: 300, height: 200 };
const embedding = { model: "tiny", version: "v1", encoder: null };
const tensor = (...dims: number[]) => ({
  dims,
  data: new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(0.25),
});
const packed = packEmbedding([
  tensor(1, 256, 64, 64),
  tensor(1, 32, 256, 256),
  tensor(1, 64, 128, 128),
]);

/** The server of these tests: the picture and the embedding; files of networks come from the test's own server. */
let asked: string[];
beforeEach(() => {
  asked = [];
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    if (!address.startsWith("/api/")) return real(input, init);
    asked.push(address);
    if (address.includes("/embedding")) return new Response(packed);
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext("2d")?.fillRect(0, 0, 300, 400);
    return new Response(await canvas.convertToBlob());
  });
});
afterEach(() => vi.restoreAllMocks());

/** Pixels by which the mask's farthest side is off the box: the tiny networks give what lies in it. */
function offBox(mask: Parameters<typeof bitmaskBounds>[0]): number {
  const { left, top, right, bottom } = bitmaskBounds(mask) ?? {
    left: NaN,
    top: NaN,
    right: NaN,
    bottom: NaN,
  };
  const sides = [
    [left, 120],
    [right, 420],
    [top, 80],
    [bottom, 280],
  ];
  return Math.max(...sides.map(([side = NaN, wanted = NaN]) => Math.abs(side - wanted)));
}

test("[MO11] a SAM's decoder runs in the browser, with the embedding that the server keeps, asked for once", async () => {
  const engine = await loadEngine("wasm", 2, false);
  for (const address of [decoder, efficientDecoder]) {
    const own = { family: "sam", address, embedding };
    const first = await segmentOwn(own, image, { box, clicks: [] }, engine);
    expect(offBox(first.mask)).toBeLessThan(4);
    // [MO13] 600 x 400: the smaller ones are off by a few pixels.
    const off = first.others().map(({ mask }) => offBox(mask));
    expect(off).toEqual(off.toSorted((a, b) => a - b));
    expect(off.at(-1)).toBeGreaterThan(4);
    const clicks = [{ x: 300, y: 200, inside: false }];
    const second = await segmentOwn(own, image, { box, clicks, mask: first.mask }, engine);
    const { left, top, width, data } = second.mask;
    expect(data[(200 - top) * width + 300 - left]).toBe(0);
  }
  expect(asked).toEqual(["/api/images/picture/embedding?model=tiny&v=v1"]);
});

test("[MO11] a click network that was brought runs in the browser", async () => {
  const engine = await loadEngine("wasm", 2, false);
  const own = { family: "click-net", address: clickNet, embedding: null };
  expect(offBox((await segmentOwn(own, image, { box, clicks: [] }, engine)).mask)).toBeLessThan(4);
});

test("[MO11] the graphics card, here in software, must answer as the processor does", async () => {
  const engine = await loadEngine("webgpu", 1, true);
  const own = { family: "click-net", address: clickNet, embedding: null };
  expect(offBox((await segmentOwn(own, image, { box, clicks: [] }, engine)).mask)).toBeLessThan(4);
  const sam = { family: "sam", address: decoder, embedding };
  expect(offBox((await segmentOwn(sam, image, { box, clicks: [] }, engine)).mask)).toBeLessThan(4);
  // Values that are no numbers are never the same.
  const broken = { family: "click-net", address: nanNet, embedding: null };
  await expect(segmentOwn(broken, image, { box, clicks: [] }, engine)).rejects.toThrow(
    "No GPU: it answers otherwise than the processor with this network.",
  );
}, 180_000);
