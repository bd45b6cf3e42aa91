import { isEmbeddingOf, packEmbedding, unpackEmbedding } from "@limn/shared/segment";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import encoder from "../../../../models/testing/tiny-sam2-encoder.onnx?url";
import { loadEngine } from "./engine.ts";
import { encodeOwn } from "./own-encoders.ts";

const image = { id: "picture", width: 600, height: 400 };
const SHAPES = [
  [1, 256, 64, 64],
  [1, 32, 256, 256],
  [1, 64, 128, 128],
];

/** The server of these tests: the picture, and an embedding when it has one; files come from the test's own server. */
let stored: Uint8Array<ArrayBuffer> | undefined;
let sent: { address: string; bytes: Uint8Array<ArrayBuffer> }[];
beforeEach(() => {
  stored = undefined;
  sent = [];
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const address = input instanceof Request ? input.url : input.toString();
    if (!address.startsWith("/api/")) return real(input, init);
    if (init?.method === "PUT") {
      const file = init.body instanceof FormData ? init.body.get("files") : null;
      const bytes = file instanceof Blob ? await file.arrayBuffer() : new ArrayBuffer();
      sent.push({ address, bytes: new Uint8Array(bytes) });
      return new Response("{}");
    }
    if (address.includes("/embedding"))
      return stored ? new Response(stored) : new Response(null, { status: 404 });
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    if (context) {
      context.fillStyle = "#c63";
      context.fillRect(0, 0, 300, 250);
      context.fillStyle = "#39f";
      context.fillRect(200, 100, 300, 250);
    }
    return new Response(await canvas.convertToBlob());
  });
});
afterEach(() => vi.restoreAllMocks());

/** Each with an address of its own: what was fetched for another test is kept. */
const own = (version: string) => ({
  family: "sam",
  address: "/decoder",
  embedding: { model: "tiny", version, encoder },
});

test("[MO14] an embedding that is made here is what the server takes, and is sent with its version", async () => {
  const engine = await loadEngine("wasm", 2, false);
  expect(await encodeOwn(own("v1"), image, engine, false)).toBeGreaterThan(0);
  expect(sent.map(({ address }) => address)).toEqual([
    "/api/images/picture/embedding?model=tiny&v=v1",
  ]);
  expect(isEmbeddingOf(sent[0]?.bytes ?? new Uint8Array(), SHAPES)).toBe(true);
});

test("[MO14] the graphics card, here in software, must encode as the server did, and is measured", async () => {
  const processor = await loadEngine("wasm", 2, false);
  await encodeOwn(own("v1"), image, processor, false);
  stored = sent[0]?.bytes ?? new Uint8Array();
  const card = await loadEngine("webgpu", 1, true);
  expect(await encodeOwn(own("v2"), image, card, true)).toBeGreaterThan(0);
  expect(sent).toHaveLength(2);
  expect(isEmbeddingOf(sent[1]?.bytes ?? new Uint8Array(), SHAPES)).toBe(true);
  // Of another picture, say.
  const others = unpackEmbedding(stored).map(({ dims, data }) => ({
    dims,
    data: Float32Array.from(data, Number).toReversed(),
  }));
  stored = packEmbedding(others);
  await expect(encodeOwn(own("v3"), image, card, true)).rejects.toThrow(
    "No GPU: it encodes otherwise than the server.",
  );
  expect(sent).toHaveLength(2);
}, 180_000);
