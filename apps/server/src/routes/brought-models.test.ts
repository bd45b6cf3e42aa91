import { readFileSync } from "node:fs";
import { request } from "node:http";
import { json } from "node:stream/consumers";
import { api } from "@limn/shared/api";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { bringModel, type Refusal } from "../testing/bring-models.ts";
import { buildPhotoProject, expectBox, type PhotoProject } from "../testing/photo-project.ts";
import { uploadPhoto, uploadPicture } from "../testing/pictures.ts";
import { joinProject } from "../testing/test-app.ts";
import { tinyModel } from "../testing/tiny-models.ts";
import { multipartBody } from "../testing/upload.ts";

let server: PhotoProject;
beforeAll(async () => {
  server = await buildPhotoProject();
  // The first of its images by name.
  await uploadPhoto(server.owner, server.projectId, "nuclei.jpg");
}, 60_000);
afterAll(() => server.close());

test("[MO9] a network of one's own is tried on an image, offered, chosen, and removed with all of it", async () => {
  const made = await server.bring(["tiny-click-net"], { name: "Our network" });
  expect(made).toMatchObject({
    status: 201,
    kind: "uploaded",
    family: "click-net",
    architecture: "click network",
    name: "Our network",
    trial: { image: { name: "nuclei.jpg" } },
  });
  expect(made.trial?.ms).toBeGreaterThan(0);
  expect(made.trial?.share).toBeGreaterThan(0.95);
  expect(await server.leftInWork()).toEqual([]);
  // Offered, not chosen.
  await server.choose("default");
  expect((await server.list()).items.map(({ id }) => id)).toContain(made.id);
  const url = `/api/projects/${server.projectId}/models/${made.id}/trial`;
  const picture = await server.owner.inject({ method: "GET", url });
  expect(picture.headers["content-type"]).toBe("image/webp");
  const { channels } = await sharp(picture.rawPayload).stats();
  // The mask is blue, the picture was not.
  expect(channels[2]?.mean).toBeGreaterThan(1.2 * (channels[0]?.mean ?? Infinity));
  await server.choose(made.id);
  const reply = await server.ask();
  expect(reply.model).toBe(made.id);
  expectBox(reply.rle);
  expect(await server.uploads()).toEqual([made.id]);
  await server.owner.call(api.deleteModel, { params: { ...server.params, modelId: made.id } });
  expect(await server.uploads()).toEqual([]);
  expect((await server.ask()).model).toBe("default");
});

test("[MO9] a SAM is brought as encoder and decoder; what it made of the pictures goes with it", async () => {
  const made = await server.bring(["tiny-efficient-sam-decoder", "tiny-efficient-sam-encoder"]);
  expect(made).toMatchObject({
    status: 201,
    family: "sam",
    name: "tiny-efficient-sam",
    architecture: "EfficientSAM",
  });
  await server.choose(made.id);
  const before = await server.embeddingsOf();
  const reply = await server.ask();
  expect(reply.model).toBe(made.id);
  expectBox(reply.rle);
  expect((await server.embeddingsOf()).length).toBe(before.length + 1);
  await server.owner.call(api.deleteModel, { params: { ...server.params, modelId: made.id } });
  expect(await server.embeddingsOf()).toEqual(before);
});

test("[MO9] what cannot be used is refused in a sentence, and nothing is stored", async () => {
  const before = (await server.list()).items.length;
  const text = { name: "notes.onnx", bytes: Buffer.from("hello world, this is no model") };
  const cut = readFileSync(tinyModel("tiny-sam2-decoder")).subarray(0, 4000);
  const decoder = { name: "decoder.onnx", bytes: readFileSync(tinyModel("tiny-sam2-decoder")) };
  const brokenEncoder = readFileSync(tinyModel("tiny-sam2-encoder"));
  // The first weight, behind the mark of 256 x 3 of them in 32 bits, is no number any more.
  const weights = brokenEncoder.indexOf(Buffer.from([0x4a, 0x80, 0x18])) + 3;
  brokenEncoder.writeFloatLE(NaN, weights);
  const refusals: [() => Promise<Refusal>, number, string][] = [
    [() => bringModel(server.owner, server.projectId, [text]), 422, "notes.onnx is no ONNX model"],
    [
      () => bringModel(server.owner, server.projectId, [{ name: "cut.onnx", bytes: cut }]),
      422,
      "cut.onnx is no ONNX model, or only a part",
    ],
    [
      () => server.bring(["tiny-classifier"]),
      422,
      "The network takes data float32 [1, 3, 224, 224], but wanted",
    ],
    [() => server.bring(["tiny-sam2-decoder"]), 422, "one half of a SAM: give the encoder with it"],
    [() => server.bring(["tiny-click-net-nan"]), 422, "answers with values that are no numbers"],
    [
      () =>
        bringModel(server.owner, server.projectId, [
          { name: "encoder.onnx", bytes: brokenEncoder },
          decoder,
        ]),
      422,
      "encoder.onnx answers with values that are no numbers",
    ],
    [
      () => server.bring(["tiny-click-net-fixed"]),
      422,
      "takes pictures of one size alone: export it so that",
    ],
    [() => server.bring(["tiny-click-net-elsewhere"]), 422, "keeps its weights in other files"],
    [() => bringModel(server.owner, server.projectId, []), 400, "Put one ONNX file"],
    [
      () => server.bring(["tiny-click-net", "tiny-click-net", "tiny-click-net"]),
      400,
      "Put one ONNX file",
    ],
    [
      () => server.bring(["tiny-click-net"], { name: "a\u0007b" }),
      400,
      "invisible control characters",
    ],
  ];
  for (const [asked, status, words] of refusals)
    expect(await asked()).toMatchObject({
      status,
      detail: expect.stringContaining(words) as string,
    });
  const labeler = await joinProject(server.app, server.owner, server.projectId, "labeler");
  expect(await server.bring(["tiny-click-net"], {}, labeler)).toMatchObject({ status: 403 });
  const empty = await server.makeProject("Empty");
  expect((await server.bring(["tiny-click-net"], {}, server.owner, empty)).detail).toContain(
    "which has none yet: upload one first",
  );
  expect((await server.list()).items.length).toBe(before);
  expect(await server.uploads()).toEqual([]);
  expect(await server.leftInWork()).toEqual([]);
});

test("[MO9] it is tried on the first image with a mask or a polygon, and on the largest of them", async () => {
  const id = await server.makeProject("Mostly empty");
  const images: string[] = [];
  for (let i = 0; i < 7; i++)
    images.push(await uploadPicture(server.owner, id, `${i}.png`, 200, 100));
  const { id: classId } = await server.owner.call(api.createClass, {
    params: { projectId: id },
    body: { name: "cell" },
  });
  const square = (x: number, y: number, side: number) => [
    [x, y, x + side, y, x + side, y + side, x, y + side],
  ];
  const boxed = { classId, bbox: [5, 5, 150, 80] as [number, number, number, number] };
  await server.owner.call(api.createAnnotations, {
    params: { imageId: images[1] ?? "" },
    body: { annotations: [boxed] },
  });
  const outlined = [square(20, 10, 10), square(100, 40, 30)].map((rings) => ({ classId, rings }));
  await server.owner.call(api.createAnnotations, {
    params: { imageId: images[6] ?? "" },
    body: { annotations: [...outlined, boxed] },
  });
  const tried = vi.spyOn(server.parts.segmenter, "tryOut");
  try {
    const made = await server.bring(["tiny-click-net"], {}, server.owner, id);
    expect(made.trial?.image).toEqual({ id: images[6], name: "6.png" });
    expect(tried.mock.calls[0]?.[0].box).toEqual({ x: 100, y: 40, width: 30, height: 30 });
  } finally {
    tried.mockRestore();
  }
});

test("[MO9] while one network is tried another is refused at once, and nothing of it is stored", async () => {
  const { segmenter, store, pictures } = server.parts;
  const image = await store.images.find(server.imageId);
  const file = image ? await pictures.servedAsFile(image) : null;
  const before = (await server.list()).items.length;
  const path = tinyModel("tiny-click-net");
  const question = {
    files: [{ path, name: "first.onnx" }],
    picture: { path: file?.path ?? "", key: server.sha256, width: 640, height: 461 },
    box: { x: 10, y: 10, width: 100, height: 100 },
  };
  const first = segmenter.tryOut(question);
  const refusal = {
    status: 503,
    detail: "Another network is being tried on this server now: try again in a minute.",
  };
  expect(await server.bring(["tiny-click-net"])).toMatchObject(refusal);
  await expect(segmenter.tryOut(question)).rejects.toMatchObject({ code: "unavailable" });
  expect(await first).toMatchObject({ ok: true });
  await file?.release();
  expect((await server.list()).items.length).toBe(before);
  expect(await server.uploads()).toEqual([]);
  expect(await server.leftInWork()).toEqual([]);
  const made = await server.bring(["tiny-click-net"]);
  expect(made.status).toBe(201);
  await server.owner.call(api.deleteModel, { params: { ...server.params, modelId: made.id } });
});

test("[MO9] a file over the limit is refused while it comes", async () => {
  const { payload, headers } = multipartBody([{ name: "big.onnx", bytes: new Uint8Array() }]);
  const middle = payload.indexOf("\r\n\r\n") + 4;
  const answer = await new Promise<Refusal>((resolve, reject) => {
    const sending = request(
      {
        port: server.port,
        method: "POST",
        path: `/api/projects/${server.projectId}/models`,
        headers: { ...headers, ...server.owner.headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString()) as Refusal));
      },
    );
    sending.on("error", reject);
    sending.write(payload.subarray(0, middle));
    const megabyte = Buffer.alloc(2 ** 20);
    let left = 201;
    const more = (): void => {
      while (left-- > 0) if (!sending.write(megabyte)) return void sending.once("drain", more);
      sending.end(payload.subarray(middle));
    };
    more();
  });
  expect(answer).toMatchObject({
    status: 413,
    detail: expect.stringContaining("big.onnx is larger than the limit of 200 MiB") as string,
  });
  expect(await server.leftInWork()).toEqual([]);
}, 60_000);

test("[MO9] a third file is refused before it has come", async () => {
  const files = ["a", "b", "c"].map((name) => ({
    name: `${name}.onnx`,
    bytes: Buffer.alloc(1000),
  }));
  const { payload, headers } = multipartBody(files);
  const middle = payload.length - 500;
  const answer = await new Promise<Refusal>((resolve, reject) => {
    const sending = request({
      port: server.port,
      method: "POST",
      path: `/api/projects/${server.projectId}/models`,
      headers: { ...headers, ...server.owner.headers, "content-length": payload.length },
    });
    sending.on("error", reject);
    sending.on("response", (response) => {
      void json(response).then((refusal) => {
        sending.end(payload.subarray(middle));
        resolve(refusal as Refusal);
      }, reject);
    });
    sending.write(payload.subarray(0, middle));
  });
  expect(answer).toMatchObject({
    status: 400,
    detail: expect.stringContaining("Put one ONNX file") as string,
  });
  await vi.waitFor(async () => expect(await server.leftInWork()).toEqual([]));
});
