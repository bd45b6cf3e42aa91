import { rm } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { paintSolid, readBytes } from "../testing/pictures.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { caseFile, uploadFiles, type FilePart } from "../testing/upload.ts";

let server: TestProject;
beforeAll(async () => {
  server = await buildTestProject();
});
afterAll(() => server.close());

const upload = (file: FilePart) => uploadFiles(server.owner, server.projectId, [file]);

test("[SI9] tiles put together are the served picture, bit for bit where that is lossless", async () => {
  const width = 1100;
  const height = 600;
  const noise = await sharp({
    create: {
      width,
      height,
      channels: 3,
      noise: { type: "gaussian", mean: 128, sigma: 40 },
      background: "red",
    },
  })
    .png()
    .toBuffer();
  const [result] = await upload({ name: "noise.png", bytes: noise });
  const id = result?.image?.id ?? "";
  const whole = await sharp(noise).raw().toBuffer();
  for (const [x, y, w, h] of [
    [0, 0, 512, 512],
    [1, 0, 512, 512],
    [2, 1, 76, 88],
  ] as const) {
    const { type, bytes } = await readBytes(server.owner, id, `tiles/0/${x}/${y}`);
    expect(type).toBe("image/png");
    const tile = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
    expect([tile.info.width, tile.info.height]).toEqual([w, h]);
    const wanted = await sharp(whole, { raw: { width, height, channels: 3 } })
      .extract({ left: x * 512, top: y * 512, width: w, height: h })
      .raw()
      .toBuffer();
    expect(tile.data.equals(wanted)).toBe(true);
  }
  for (const missing of ["0/3/0", "0/0/2", "1/0/0"])
    expect(
      (await server.owner.inject({ method: "GET", url: `/api/images/${id}/tiles/${missing}` }))
        .statusCode,
    ).toBe(404);
});

test("[SI9] from 4096 px on there are levels, until one tile holds all", async () => {
  const [result] = await upload({
    name: "long.jpg",
    bytes: await sharp({ create: { width: 4097, height: 300, channels: 3, background: "#336699" } })
      .jpeg()
      .toBuffer(),
  });
  const id = result?.image?.id ?? "";
  const size = async (path: string) => {
    const { width, height } = await sharp(
      (await readBytes(server.owner, id, `tiles/${path}`)).bytes,
    ).metadata();
    return [width, height];
  };
  expect(await size("0/8/0")).toEqual([1, 300]);
  expect(await size("1/4/0")).toEqual([1, 150]);
  expect(await size("4/0/0")).toEqual([257, 19]);
  expect(
    (await server.owner.inject({ method: "GET", url: `/api/images/${id}/tiles/5/0/0` })).statusCode,
  ).toBe(404);
});

test("[SI9] copies that were lost are made again from the original", async () => {
  const file = caseFile("001-exif-orientation-all/images/o6.jpg");
  const [result] = await upload(file);
  const id = result?.image?.id ?? "";
  const before = await readBytes(server.owner, id, "file");
  const server2 = await buildTestProject();
  try {
    const other = server2.owner;
    const [again] = await uploadFiles(other, server2.projectId, [file]);
    await rm(join(server2.dataDir, "blobs", "derived"), { recursive: true });
    for (const what of ["thumbnail", "file", "tiles/0/0/0"]) {
      const url = `/api/images/${again?.image?.id}/${what}`;
      expect((await other.inject({ method: "GET", url })).statusCode).toBe(200);
    }
    const served = await other.inject({
      method: "GET",
      url: `/api/images/${again?.image?.id}/file`,
    });
    expect(served.rawPayload.equals(before.bytes)).toBe(true);
  } finally {
    await server2.close();
  }
});

test("[SI10] pictures are cached for ever, by whoever may see them only", async () => {
  const [result] = await upload({ name: "c.png", bytes: await paintSolid(9, 9, "red") });
  const url = `/api/images/${result?.image?.id}/file`;
  const first = await server.owner.inject({ method: "GET", url });
  expect(first.headers["cache-control"]).toBe("private, max-age=31536000, immutable");
  const etag = String(first.headers.etag);
  const again = await server.owner.inject({
    method: "GET",
    url,
    headers: { "if-none-match": etag },
  });
  expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
  expect((await server.app.inject({ method: "GET", url })).statusCode).toBe(401);
});
