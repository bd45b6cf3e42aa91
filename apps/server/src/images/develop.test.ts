import type { UploadResult } from "@limn/shared/api";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { paintSolid, readBytes } from "../testing/pictures.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { writeTiff } from "../testing/tiff.ts";
import { caseFile, uploadFiles, type FilePart } from "../testing/upload.ts";

let server: TestProject;
beforeAll(async () => {
  server = await buildTestProject();
});
afterAll(() => server.close());

const upload = (...files: FilePart[]): Promise<UploadResult[]> =>
  uploadFiles(server.owner, server.projectId, files);

/** Colours of the served picture at some places. */
async function readPixels(imageId: string, places: readonly (readonly [number, number])[]) {
  const { bytes } = await readBytes(server.owner, imageId, "file");
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

test("[SI1] all eight EXIF orientations become upright once (case 001)", async () => {
  const results = await upload(
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((o) => caseFile(`001-exif-orientation-all/images/o${o}.jpg`)),
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
    const served = await sharp(
      (await readBytes(server.owner, image?.id ?? "", "file")).bytes,
    ).metadata();
    expect([served.width, served.height, served.orientation ?? 1]).toEqual([24, 40, 1]);
  }
});

test("[SI2] 16 bit grey is spread over the 8 bit range, the original kept (case 003)", async () => {
  const file = caseFile("003-gray16-png-saturates/ramp16.png");
  const [result] = await upload(file);
  const id = result?.image?.id ?? "";
  const pixels = await readPixels(id, [
    [0, 8],
    [16, 8],
    [32, 8],
    [48, 8],
  ]);
  for (const [i, grey] of [0, 64, 128, 192].entries()) expectNear(pixels[i], [grey, grey, grey], 8);
  const all = await sharp((await readBytes(server.owner, id, "file")).bytes)
    .raw()
    .toBuffer();
  expect(all.filter((value) => value === 255).length / all.length).toBeLessThanOrEqual(0.05);
  expect((await readBytes(server.owner, id, "original")).bytes.equals(file.bytes)).toBe(true);
});

test("[SI2] CMYK without a profile is shown as browsers show it (case 005)", async () => {
  const [result] = await upload(caseFile("005-cmyk-jpeg/print.jpg"));
  const id = result?.image?.id ?? "";
  const pixels = await readPixels(id, [
    [3, 5],
    [15, 5],
  ]);
  expectNear(pixels[0], [200, 0, 0], 12);
  expectNear(pixels[1], [0, 150, 0], 12);
  expect((await sharp((await readBytes(server.owner, id, "file")).bytes).metadata()).channels).toBe(
    3,
  );
});

test("[SI3] the bytes say what a file is, not its name (case 007)", async () => {
  const [result] = await upload(caseFile("007-rgba-png-named-jpg/images/photo.jpg"));
  expect(result).toMatchObject({
    name: "photo.jpg",
    status: "created",
    image: { width: 30, height: 20, mediaType: "image/png" },
  });
  expect((await readBytes(server.owner, result?.image?.id ?? "", "file")).type).toBe("image/png");
});

const ramp = (x: number): number => x / 39;

test("[SI2] every readable kind of picture becomes 8 bit sRGB that browsers show", async () => {
  const rgb = sharp(await paintSolid(40, 30, "#c86432"));
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
    const { type, bytes } = await readBytes(server.owner, image?.id ?? "", "file");
    expect([name, type]).toEqual([name, servedType]);
    const served = await sharp(bytes).metadata();
    expect([name, served.depth, served.hasProfile]).toEqual([name, "uchar", false]);
    if (colour !== null) expectNear((await readPixels(image?.id ?? "", [[20, 15]]))[0], colour, 8);
    const thumbnail = await readBytes(server.owner, image?.id ?? "", "thumbnail");
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
  const two = await sharp([await paintSolid(8, 8, "red"), await paintSolid(8, 8, "blue")], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();
  const [alpha, pages] = await upload(
    { name: "alpha.tif", bytes: clear },
    { name: "two.gif", bytes: two },
  );
  const served = await sharp(
    (await readBytes(server.owner, alpha?.image?.id ?? "", "file")).bytes,
  ).metadata();
  expect([served.format, served.hasAlpha]).toEqual(["png", true]);
  expect(pages?.image).toMatchObject({ width: 8, height: 8 });
  expectNear((await readPixels(pages?.image?.id ?? "", [[4, 4]]))[0], [255, 0, 0], 2);
});
