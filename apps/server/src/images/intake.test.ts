import { api, type UploadResult } from "@limn/shared/api";
import { readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { buildTestApp, createOwner, type Actor, type TestApp } from "../testing/test-app.ts";
import { readCaseFile, uploadFiles, type FilePart } from "../testing/upload.ts";
import { writeTiff } from "../testing/tiff.ts";
import { writeZip } from "../testing/zip.ts";

const LIMIT = 3_000_000;
let server: TestApp;
let owner: Actor;
let projectId: string;
beforeAll(async () => {
  server = await buildTestApp({}, { fileBytes: LIMIT });
  owner = await createOwner(server.app);
});
afterAll(() => server.close());
beforeEach(async () => {
  projectId = (await owner.call(api.createProject, { body: { name: "P" } })).id;
});

const upload = (...files: FilePart[]): Promise<UploadResult[]> =>
  uploadFiles(owner, projectId, files);
const fromCase = (path: string, name = path.split("/").at(-1) ?? ""): FilePart => ({
  name,
  bytes: readCaseFile(path),
});

async function readBytes(imageId: string, what: string): Promise<{ type: string; bytes: Buffer }> {
  const response = await owner.inject({ method: "GET", url: `/api/images/${imageId}/${what}` });
  expect(response.statusCode).toBe(200);
  return { type: String(response.headers["content-type"]), bytes: response.rawPayload };
}

/** Colours of the served picture at some places. */
async function readPixels(imageId: string, places: readonly (readonly [number, number])[]) {
  const { bytes } = await readBytes(imageId, "file");
  const { data, info } = await sharp(bytes)
    .toColourspace("srgb")
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return places.map(([x, y]) => {
    const at = (y * info.width + x) * 3;
    return [...data.subarray(at, at + 3)];
  });
}

function expectNear(actual: readonly number[] | undefined, wanted: readonly number[], by: number) {
  for (const [i, value] of wanted.entries())
    expect(
      Math.abs((actual?.[i] ?? Number.NaN) - value),
      `${String(actual)} is not near ${String(wanted)}`,
    ).toBeLessThanOrEqual(by);
}

async function solid(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

test("[SI1] all eight EXIF orientations become upright once (case 001)", async () => {
  const results = await upload(
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((o) => fromCase(`001-exif-orientation-all/images/o${o}.jpg`)),
  );
  for (const { status, image } of results) {
    expect(status).toBe("created");
    expect([image?.width, image?.height]).toEqual([24, 40]);
    const pixels = await readPixels(image?.id ?? "", [
      [3, 3],
      [20, 36],
      [20, 3],
    ]);
    expectNear(pixels[0], [220, 20, 20], 45);
    expectNear(pixels[1], [20, 20, 220], 45);
    expectNear(pixels[2], [150, 150, 150], 25);
    const served = await sharp((await readBytes(image?.id ?? "", "file")).bytes).metadata();
    expect([served.width, served.height, served.orientation ?? 1]).toEqual([24, 40, 1]);
  }
});

test("[SI2] 16 bit grey is spread over the 8 bit range, the original kept (case 003)", async () => {
  const file = fromCase("003-gray16-png-saturates/ramp16.png");
  const [result] = await upload(file);
  const id = result?.image?.id ?? "";
  const pixels = await readPixels(id, [
    [0, 8],
    [16, 8],
    [32, 8],
    [48, 8],
  ]);
  for (const [i, grey] of [0, 64, 128, 192].entries()) expectNear(pixels[i], [grey, grey, grey], 8);
  const all = await sharp((await readBytes(id, "file")).bytes)
    .raw()
    .toBuffer();
  expect(all.filter((value) => value === 255).length / all.length).toBeLessThanOrEqual(0.05);
  expect((await readBytes(id, "original")).bytes.equals(file.bytes)).toBe(true);
});

test("[SI2] CMYK without a profile is shown as browsers show it (case 005)", async () => {
  const [result] = await upload(fromCase("005-cmyk-jpeg/print.jpg"));
  const id = result?.image?.id ?? "";
  const pixels = await readPixels(id, [
    [3, 5],
    [15, 5],
  ]);
  expectNear(pixels[0], [200, 0, 0], 12);
  expectNear(pixels[1], [0, 150, 0], 12);
  expect((await sharp((await readBytes(id, "file")).bytes).metadata()).channels).toBe(3);
});

test("[SI3] the bytes say what a file is, not its name (case 007)", async () => {
  const [result] = await upload(fromCase("007-rgba-png-named-jpg/images/photo.jpg"));
  expect(result).toMatchObject({
    name: "photo.jpg",
    status: "created",
    image: { width: 30, height: 20, mediaType: "image/png" },
  });
  expect((await readBytes(result?.image?.id ?? "", "file")).type).toBe("image/png");
});

test("[SI4] a bomb of 196 million pixels is refused by its header, its neighbour is taken (case 009)", async () => {
  const [wide, small] = await upload(
    fromCase("009-huge-dimensions-small-file/wide.png"),
    fromCase("009-huge-dimensions-small-file/small.png"),
  );
  expect(wide).toEqual({
    name: "wide.png",
    status: "refused",
    reason:
      "The picture is too large: 14000 x 14000 is 196 million pixels, the limit is 150 million. Cut it into parts or scale it down.",
  });
  expect(small).toMatchObject({ status: "created", image: { width: 20, height: 20 } });
});

test("[SI5] names of a ZIP keep their letters and folders (cases 011, 013)", async () => {
  const accented = await upload(fromCase("011-accented-names-nfc-nfd/set.zip"));
  expect(accented.map((r) => [r.name.normalize("NFC"), r.status])).toEqual([
    ["images/Capture_décran.png".normalize("NFC"), "created"],
    ["images/截图 1.png", "created"],
    ["annotations/instances.json", "refused"],
  ]);
  const folders = await upload(fromCase("013-same-name-two-folders/set.zip"));
  expect(
    folders.filter((r) => r.image).map(({ image }) => [image?.name, image?.width, image?.height]),
  ).toEqual([
    ["images/cam1/0001.png", 20, 10],
    ["images/cam2/0001.png", 12, 16],
  ]);
});

test("[SI5] composed and decomposed letters name the same image", async () => {
  const bytes = await solid(4, 4, "red");
  const [first] = await upload({ name: "é.png", bytes });
  const [again] = await upload({ name: "e\u0301.png", bytes });
  expect(first).toMatchObject({ name: "é.png", status: "created" });
  expect(again).toMatchObject({ status: "duplicate", image: { id: first?.image?.id } });
});

test("[SI6] what the Finder adds to a ZIP is passed over without a word (case 015)", async () => {
  const results = await upload(fromCase("015-macos-junk-in-zip/set.zip"));
  expect(results.map((r) => [r.name, r.status])).toEqual([
    ["images/a.png", "created"],
    ["images/b.png", "created"],
    ["annotations/instances.json", "refused"],
  ]);
});

test("[SI7] entries that lead out of the archive are refused one by one, the rest goes in (case 017)", async () => {
  const results = await upload(fromCase("017-zip-slip/set.zip"));
  expect(results.map((r) => [r.name, r.status])).toEqual([
    ["ok.png", "created"],
    ["../../escaped.png", "refused"],
    ["/escaped-absolute.png", "refused"],
    ["images/../../escaped2.png", "refused"],
    ["..\\escaped3.png", "refused"],
    ["link.png", "refused"],
  ]);
  for (const { reason } of results.slice(1)) expect(reason).toMatch(/unsafe|symbolic link/);
  for (const folder of [server.dataDir, dirname(server.dataDir), "/"])
    expect((await readdir(folder)).filter((name) => name.startsWith("escaped"))).toEqual([]);
});

test("[SI7] the same paths are refused when they are not in a ZIP", async () => {
  const bytes = await solid(4, 4, "red");
  const names = [
    "../a.png",
    "/etc/a.png",
    "C:/a.png",
    "a\\b.png",
    "a//b.png",
    "a/./b.png",
    "./ok/a.png",
  ];
  const results = await upload(...names.map((name) => ({ name, bytes })));
  expect(results.map((r) => r.status)).toEqual([...Array(6).fill("refused"), "created"]);
  expect(results.at(-1)?.name).toBe("ok/a.png");
});

test("[SI8] same path and bytes is a duplicate, other path a new image, same path and other bytes refused", async () => {
  const red = await solid(4, 4, "red");
  const blue = await solid(4, 4, "blue");
  const [first] = await upload({ name: "a.png", bytes: red });
  const [retry] = await upload({ name: "a.png", bytes: red });
  const [other] = await upload({ name: "b/a.png", bytes: red });
  const [clash] = await upload({ name: "a.png", bytes: blue });
  expect(retry).toMatchObject({ status: "duplicate", image: { id: first?.image?.id } });
  expect(other).toMatchObject({ status: "created", reason: "This is the same picture as a.png." });
  expect(other?.image?.id).not.toBe(first?.image?.id);
  expect(clash).toMatchObject({ status: "refused" });
  expect(clash?.reason).toMatch(/another picture with this path/);
  expect(
    (await owner.call(api.listImages, { params: { projectId }, query: {} })).items.map(
      (i) => i.name,
    ),
  ).toEqual(["a.png", "b/a.png"]);
});

test("[SI8] the same file twice in one request, and sent twice at once, is one image", async () => {
  const bytes = await solid(5, 5, "green");
  const both = await upload({ name: "a.png", bytes }, { name: "a.png", bytes });
  expect(both.map((r) => r.status).toSorted()).toEqual(["created", "duplicate"]);
  const other = await solid(6, 6, "green");
  const racing = await Promise.all([1, 2, 3].map(() => upload({ name: "b.png", bytes: other })));
  expect(
    racing
      .flat()
      .map((r) => r.status)
      .toSorted(),
  ).toEqual(["created", "duplicate", "duplicate"]);
  expect(new Set(racing.flat().map((r) => r.image?.id)).size).toBe(1);
});

test("[SI4] broken files are refused one by one with a sentence, the rest goes in", async () => {
  const photo = await sharp({
    create: {
      width: 300,
      height: 300,
      channels: 3,
      noise: { type: "gaussian", mean: 128, sigma: 40 },
      background: "red",
    },
  })
    .jpeg()
    .toBuffer();
  const png = await sharp(photo).png().toBuffer();
  const files: [string, Uint8Array, RegExp][] = [
    ["empty.jpg", Buffer.alloc(0), /empty \(0 bytes\)/],
    ["cut.jpg", photo.subarray(0, photo.length / 2), /damaged or cut off/],
    ["cut.png", png.subarray(0, png.length / 2), /damaged or cut off/],
    ["header-only.jpg", photo.subarray(0, 20), /header cannot be read/],
    ["text.png", Buffer.from("hello"), /not an image/],
    ["page.svg", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), /XML or SVG/],
    ["doc.pdf", Buffer.from("%PDF-1.7"), /PDF/],
    ["phone.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic"), /HEIC/],
    ["big.bin", Buffer.alloc(LIMIT + 1), /larger than the limit of 3 MiB/],
    ["set.rar", Buffer.from("Rar!\x1a\x07"), /ZIP/],
    ["broken.zip", Buffer.from("PK\x03\x04 nothing else"), /archive is damaged/],
  ];
  const results = await upload(...files.map(([name, bytes]) => ({ name, bytes })), {
    name: "good.jpg",
    bytes: photo,
  });
  for (const [i, [name, , sentence]] of files.entries()) {
    expect(results[i]).toMatchObject({ name, status: "refused" });
    expect(results[i]?.reason).toMatch(sentence);
  }
  expect(results.at(-1)).toMatchObject({ name: "good.jpg", status: "created" });
  expect(await readdir(join(server.dataDir, "work"))).toEqual([]);
});

test("[SI4] a ZIP over the limits is refused with a sentence", async () => {
  const bomb = await writeZip([{ name: "a.bin", bytes: Buffer.alloc(LIMIT + 1) }]);
  const [inside] = await upload({ name: "bomb.zip", bytes: bomb });
  expect(inside).toMatchObject({ name: "a.bin", status: "refused" });
  expect(inside?.reason).toMatch(/larger than the limit/);
  const empty = await upload({ name: "empty.zip", bytes: await writeZip([]) });
  expect(empty).toMatchObject([{ name: "empty.zip", status: "refused" }]);
  const nested = await writeZip([{ name: "b.zip", bytes: bomb }]);
  expect(await upload({ name: "n.zip", bytes: nested })).toMatchObject([
    {
      name: "b.zip",
      status: "refused",
      reason: expect.stringContaining("archive within an archive"),
    },
  ]);
});

const ramp = (x: number): number => x / 39;

test("[SI2] every readable kind of picture becomes 8 bit sRGB that browsers show", async () => {
  const rgb = sharp(await solid(40, 30, "#c86432"));
  const grey16 = { bits: 16, samples: 1, photometric: 1 } as const;
  const files: [string, Buffer, string, number[] | null][] = [
    ["a.jpg", await rgb.clone().jpeg({ quality: 100 }).toBuffer(), "image/jpeg", [200, 100, 50]],
    ["a.png", await rgb.clone().png().toBuffer(), "image/png", [200, 100, 50]],
    ["a.webp", await rgb.clone().webp({ lossless: true }).toBuffer(), "image/webp", [200, 100, 50]],
    ["a.gif", await rgb.clone().gif().toBuffer(), "image/png", [200, 100, 50]],
    ["a.avif", await rgb.clone().avif({ quality: 90 }).toBuffer(), "image/jpeg", [200, 100, 50]],
    [
      "a.tif",
      await rgb.clone().tiff({ compression: "lzw" }).toBuffer(),
      "image/png",
      [200, 100, 50],
    ],
    [
      "palette.png",
      await rgb.clone().png({ palette: true }).toBuffer(),
      "image/png",
      [200, 100, 50],
    ],
    ["grey.png", await rgb.clone().greyscale().png().toBuffer(), "image/png", null],
    [
      "bits.png",
      await rgb.clone().threshold(100).png({ palette: true, colours: 2 }).toBuffer(),
      "image/png",
      null,
    ],
    [
      "deep.png",
      await rgb.clone().toColourspace("rgb16").png().toBuffer(),
      "image/png",
      [200, 100, 50],
    ],
    [
      "p3.jpg",
      await rgb.clone().withIccProfile("p3").jpeg({ quality: 100 }).toBuffer(),
      "image/jpeg",
      [200, 100, 50],
    ],
    [
      "cmyk.tif",
      writeTiff(
        40,
        30,
        { bits: 8, samples: 4, photometric: 5 },
        (_x, _y, s) => [55, 155, 205, 0][s] ?? 0,
      ),
      "image/png",
      [200, 100, 50],
    ],
    [
      "grey12.tif",
      writeTiff(40, 30, grey16, (x) => Math.round(ramp(x) * 4095)),
      "image/png",
      [128, 128, 128],
    ],
    [
      "float.tif",
      writeTiff(40, 30, { bits: 32, samples: 1, photometric: 1, format: 3 }, (x) => ramp(x) - 0.5),
      "image/png",
      [128, 128, 128],
    ],
    ["flat16.tif", writeTiff(40, 30, grey16, () => 700), "image/png", null],
    [
      "turned.tif",
      writeTiff(
        30,
        40,
        { bits: 8, samples: 3, photometric: 2, orientation: 6 },
        (_x, _y, s) => [200, 100, 50][s] ?? 0,
      ),
      "image/png",
      [200, 100, 50],
    ],
    [
      "rgb12.tif",
      writeTiff(
        40,
        30,
        { bits: 16, samples: 3, photometric: 2 },
        (_x, _y, s) => [4000, 2000, 1000][s] ?? 0,
      ),
      "image/png",
      [255, 128, 64],
    ],
  ];
  const results = await upload(...files.map(([name, bytes]) => ({ name, bytes })));
  for (const [i, [name, , servedType, colour]] of files.entries()) {
    const { image } = results[i] ?? {};
    expect(results[i]).toMatchObject({
      status: "created",
      image: { name, width: 40, height: 30 },
    });
    const { type, bytes } = await readBytes(image?.id ?? "", "file");
    expect([name, type]).toEqual([name, servedType]);
    const served = await sharp(bytes).metadata();
    expect([name, served.depth, served.hasProfile]).toEqual([name, "uchar", false]);
    if (colour !== null) expectNear((await readPixels(image?.id ?? "", [[20, 15]]))[0], colour, 8);
    const thumbnail = await readBytes(image?.id ?? "", "thumbnail");
    expect(thumbnail.type).toBe("image/webp");
    expect((await sharp(thumbnail.bytes).metadata()).width).toBe(40);
  }
});

test("[SI2] what has alpha keeps it; the first page of many is taken", async () => {
  const clear = await sharp({
    create: {
      width: 20,
      height: 10,
      channels: 4,
      background: { r: 10, g: 200, b: 30, alpha: 0.5 },
    },
  })
    .tiff({ compression: "lzw" })
    .toBuffer();
  const two = await sharp([await solid(8, 8, "red"), await solid(8, 8, "blue")], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();
  const [alpha, pages] = await upload(
    { name: "alpha.tif", bytes: clear },
    { name: "two.gif", bytes: two },
  );
  const served = await sharp((await readBytes(alpha?.image?.id ?? "", "file")).bytes).metadata();
  expect([served.format, served.hasAlpha]).toEqual(["png", true]);
  expect(pages?.image).toMatchObject({ width: 8, height: 8 });
  expectNear((await readPixels(pages?.image?.id ?? "", [[4, 4]]))[0], [255, 0, 0], 2);
});

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
    const { type, bytes } = await readBytes(id, `tiles/0/${x}/${y}`);
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
      (await owner.inject({ method: "GET", url: `/api/images/${id}/tiles/${missing}` })).statusCode,
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
    const { width, height } = await sharp((await readBytes(id, `tiles/${path}`)).bytes).metadata();
    return [width, height];
  };
  expect(await size("0/8/0")).toEqual([1, 300]);
  expect(await size("1/4/0")).toEqual([1, 150]);
  expect(await size("4/0/0")).toEqual([257, 19]);
  expect(
    (await owner.inject({ method: "GET", url: `/api/images/${id}/tiles/5/0/0` })).statusCode,
  ).toBe(404);
});

test("[SI9] copies that were lost are made again from the original", async () => {
  const file = fromCase("001-exif-orientation-all/images/o6.jpg");
  const [result] = await upload(file);
  const id = result?.image?.id ?? "";
  const before = await readBytes(id, "file");
  const server2 = await buildTestApp({}, { fileBytes: LIMIT });
  try {
    const other = await createOwner(server2.app);
    const project = await other.call(api.createProject, { body: { name: "P" } });
    const [again] = await uploadFiles(other, project.id, [file]);
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
  const [result] = await upload({ name: "c.png", bytes: await solid(9, 9, "red") });
  const url = `/api/images/${result?.image?.id}/file`;
  const first = await owner.inject({ method: "GET", url });
  expect(first.headers["cache-control"]).toBe("private, max-age=31536000, immutable");
  const etag = String(first.headers.etag);
  const again = await owner.inject({ method: "GET", url, headers: { "if-none-match": etag } });
  expect([again.statusCode, again.rawPayload.length]).toEqual([304, 0]);
  expect((await server.app.inject({ method: "GET", url })).statusCode).toBe(401);
});

test("[SI11] an upload without files, or that is no upload, says so", async () => {
  const url = `/api/projects/${projectId}/images`;
  const json = await owner.inject({ method: "POST", url, payload: { files: [] } });
  expect([json.statusCode, json.json<{ code: string }>().code]).toEqual([415, "unsupported-media"]);
  await expect(uploadFiles(owner, projectId, [])).rejects.toThrow("No file was sent");
});
