import { readFileSync } from "node:fs";
import { api } from "@limn/shared/api";
import { bitmaskArea, bitmaskFromRle } from "@limn/shared/raster";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSegmenter } from "../segment/segmenter.ts";
import {
  buildPhotoProject,
  expectBox,
  PHOTO_BOX,
  type PhotoProject,
} from "../testing/photo-project.ts";
import { tinyModel } from "../testing/tiny-models.ts";

let server: PhotoProject;
beforeAll(async () => {
  server = await buildPhotoProject();
}, 60_000);
afterAll(() => server.close());

/** A picture of the project for a trial, and a network that got in without one. */
async function slipIn(name: string) {
  const { parts } = server;
  const image = await parts.store.images.find(server.imageId);
  if (!image) throw new Error("The image is missing.");
  const file = await parts.pictures.servedAsFile(image);
  const path = tinyModel(`tiny-click-net-${name}`);
  const key = `models/${server.projectId}/${name}/network.onnx`;
  await parts.blobs.put(key, readFileSync(path));
  await parts.store.models.insert({
    id: name,
    projectId: server.projectId,
    kind: "uploaded",
    name,
    family: "click-net",
    layer: null,
    report: null,
    files: JSON.stringify({
      network: { key, sha256: name.padEnd(64, "0"), bytes: 560 },
    }),
    trial: null,
    createdBy: server.owner.id,
    createdAt: new Date().toISOString(),
  });
  return {
    image,
    trial: {
      files: [{ path, name: `${name}.onnx` }],
      picture: { path: file?.path ?? "", key: image.sha256, width: 640, height: 461 },
      box: { x: 10, y: 10, width: 100, height: 100 },
    },
  };
}

test("[MO10] a network that never answers is stopped, and nobody else waits for it", async () => {
  const limits = { memoryBytes: 2 ** 31, answerMs: 2000, trialMs: 2000 };
  const segmenter = createSegmenter(server.parts, limits);
  try {
    const { image, trial } = await slipIn("endless");
    await expect(segmenter.tryOut(trial)).rejects.toThrow(
      "had not answered after 2 s when it was tried",
    );
    const question = { box: PHOTO_BOX, clicks: [] };
    const endless = segmenter.segment(image, { ...question, model: "endless" });
    let ended = false;
    const settled = endless.catch(() => undefined).then(() => (ended = true));
    const other = await segmenter.segment(image, { ...question, model: "default" });
    expect(other.model).toBe("default");
    expect(bitmaskArea(bitmaskFromRle(other.rle))).toBeGreaterThan(0);
    expect(ended).toBe(false);
    await expect(endless).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining(
        "took more than 2 s: ask again, or let a lead choose",
      ) as string,
    });
    await settled;
    const made = await server.bring(["tiny-click-net"]);
    expectBox((await segmenter.segment(image, { ...question, model: made.id })).rle);
  } finally {
    await segmenter.dispose();
  }
}, 60_000);

test.each([
  ["nan", "It answers with values that are no numbers."],
  ["fixed", /Got: 384 Expected: 256/],
])(
  "[MO10] a network that passed its trial and fails later (%s) is told in a sentence, its cause in the log",
  async (name, reason) => {
    const { image } = await slipIn(name);
    const clicks = [{ x: 120, y: 100, inside: true }];
    // Large enough that a click network sees it at its larger size.
    const mask = (await server.ask({ model: "default", box: [2, 2, 630, 450] })).rle;
    const asked = server.parts.segmenter.segment(image, {
      box: PHOTO_BOX,
      clicks,
      mask,
      model: name,
    });
    await expect(asked).rejects.toMatchObject({
      code: "unavailable",
      message:
        "The network that this project uses failed when it was asked: ask again, or let a lead choose another one on the Model page.",
      cause: { message: expect.stringMatching(reason) as string },
    });
    const reply = await server.owner.inject({
      method: "POST",
      url: `/api/images/${server.imageId}/segment`,
      payload: { box: PHOTO_BOX, clicks, mask, model: name },
    });
    expect(reply.statusCode).toBe(503);
    await server.owner.call(api.deleteModel, {
      params: { ...server.params, modelId: name },
    });
  },
);

// Windows ends a process without saying why.
test.skipIf(process.platform === "win32")(
  "[MO12] a network that takes too much memory is ended with a sentence, in its trial and when it is asked",
  async () => {
    const segmenter = createSegmenter(server.parts, { memoryBytes: 600 * 2 ** 20 });
    try {
      const { image, trial } = await slipIn("greedy");
      await expect(segmenter.tryOut(trial)).rejects.toMatchObject({
        code: "unprocessable",
        message:
          "The network took more than 600 MiB of memory when it was tried: nothing was kept.",
      });
      const question = { box: PHOTO_BOX, clicks: [], model: "greedy" };
      await expect(segmenter.segment(image, question)).rejects.toMatchObject({
        code: "unavailable",
        message:
          "The network that this project uses took more than 600 MiB of memory: ask again, or let a lead choose another one on the Model page.",
      });
      // What needs no more than others is answered by the next process.
      const made = await server.bring(["tiny-sam2-encoder", "tiny-sam2-decoder"]);
      expectBox((await segmenter.segment(image, { ...question, model: made.id })).rle);
    } finally {
      await segmenter.dispose();
    }
  },
  60_000,
);
