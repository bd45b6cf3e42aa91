import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { api, type UploadResult } from "@limn/shared/api";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { paintSolid } from "../testing/pictures.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { caseFile, uploadFiles, type FilePart } from "../testing/upload.ts";
import { writeZip } from "../testing/zip.ts";

const LIMIT = 3_000_000;
let server: TestProject;
let projectId: string;
beforeAll(async () => {
  server = await buildTestProject({ fileBytes: LIMIT });
});
afterAll(() => server.close());
beforeEach(async () => {
  projectId = await server.makeProject();
});

const upload = (...files: FilePart[]): Promise<UploadResult[]> =>
  uploadFiles(server.owner, projectId, files);

test("[SI4] a bomb of 196 million pixels is refused by its header, its neighbour is taken (case 009)", async () => {
  const [wide, small] = await upload(
    caseFile("009-huge-dimensions-small-file/wide.png"),
    caseFile("009-huge-dimensions-small-file/small.png"),
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
  const accented = await upload(caseFile("011-accented-names-nfc-nfd/set.zip"));
  expect(accented.map((r) => [r.name.normalize("NFC"), r.status])).toEqual([
    ["images/Capture_décran.png".normalize("NFC"), "created"],
    ["images/截图 1.png", "created"],
    ["annotations/instances.json", "refused"],
  ]);
  const folders = await upload(caseFile("013-same-name-two-folders/set.zip"));
  expect(
    folders.filter((r) => r.image).map(({ image }) => [image?.name, image?.width, image?.height]),
  ).toEqual([
    ["images/cam1/0001.png", 20, 10],
    ["images/cam2/0001.png", 12, 16],
  ]);
});

test("[SI5] composed and decomposed letters name the same image", async () => {
  const bytes = await paintSolid(4, 4, "red");
  const [first] = await upload({ name: "é.png", bytes });
  const [again] = await upload({ name: "e\u0301.png", bytes });
  expect(first).toMatchObject({ name: "é.png", status: "created" });
  expect(again).toMatchObject({ status: "duplicate", image: { id: first?.image?.id } });
});

test("[SI6] what the Finder adds to a ZIP is passed over without a word (case 015)", async () => {
  const results = await upload(caseFile("015-macos-junk-in-zip/set.zip"));
  expect(results.map((r) => [r.name, r.status])).toEqual([
    ["images/a.png", "created"],
    ["images/b.png", "created"],
    ["annotations/instances.json", "refused"],
  ]);
});

test("[SI7] entries that lead out of the archive are refused one by one, the rest goes in (case 017)", async () => {
  const results = await upload(caseFile("017-zip-slip/set.zip"));
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
  const bytes = await paintSolid(4, 4, "red");
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
  const red = await paintSolid(4, 4, "red");
  const blue = await paintSolid(4, 4, "blue");
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
    (await server.owner.call(api.listImages, { params: { projectId }, query: {} })).items.map(
      (i) => i.name,
    ),
  ).toEqual(["a.png", "b/a.png"]);
});

test("[SI8] the same file twice in one request, and sent twice at once, is one image", async () => {
  const bytes = await paintSolid(5, 5, "green");
  const both = await upload({ name: "a.png", bytes }, { name: "a.png", bytes });
  expect(both.map((r) => r.status).toSorted()).toEqual(["created", "duplicate"]);
  const other = await paintSolid(6, 6, "green");
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

test("[SI11] an upload without files, or that is no upload, says so", async () => {
  const url = `/api/projects/${projectId}/images`;
  const json = await server.owner.inject({ method: "POST", url, payload: { files: [] } });
  expect([json.statusCode, json.json<{ code: string }>().code]).toEqual([415, "unsupported-media"]);
  await expect(uploadFiles(server.owner, projectId, [])).rejects.toThrow("No file was sent");
});
