import { readFileSync, writeFileSync } from "node:fs";
import { api, type Input } from "@limn/shared/api";
import { bitmaskArea, bitmaskFromRle, createBitmask, rleFromBitmask } from "@limn/shared/raster";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSeededRandom } from "@limn/shared/testing";
import { type CaseServer, startCaseServer } from "./case-server.ts";
import { exportedPixels, overlapOf } from "./check-objects.ts";
import type { CocoFile } from "./run-case.ts";

/*
 * What pycocotools, the reference reader, makes of an export. It is Python, so it runs where there is Python (.ci/run);
 * here stand its committed answers. `export.json` is what the server writes today, `results.json` what pycocotools read
 * from it; after a change of the format: LIMN_UPDATE=1 npx vitest run tests/cases/pycocotools, then
 * python tests/cases/check_with_pycocotools.py --update.
 */

const EXPORT = new URL("pycocotools/export.json", import.meta.url);
const RESULTS = new URL("pycocotools/results.json", import.meta.url);

interface Results {
  readonly version: string;
  readonly annotations: readonly {
    readonly id: number;
    readonly area: number;
    readonly rle: { readonly size: [number, number]; readonly counts: string };
    readonly bbox: readonly number[];
    readonly iscrowd: number;
  }[];
  readonly images: number;
  readonly categories: readonly string[];
}

const results = JSON.parse(readFileSync(RESULTS, "utf8")) as Results;
let server: CaseServer;
let written: CocoFile;
beforeAll(async () => {
  server = await startCaseServer();
  written = JSON.parse(await exportSample(server)) as CocoFile;
});
afterAll(() => server.close());

type NewAnnotation = Input<typeof api.createAnnotations>["body"]["annotations"][number];

/** Objects of every kind on two pictures, the same in every run. */
async function exportSample(target: CaseServer): Promise<string> {
  const name = "Export für pycocotools";
  const projectId = (await target.call(api.createProject, { body: { name } })).id;
  const params = { projectId };
  const classIds: string[] = [];
  for (const each of ["Tier", "unused", 'größe, "2"'])
    classIds.push((await target.call(api.createClass, { params, body: { name: each } })).id);
  const sizes = [
    { width: 97, height: 61 },
    { width: 40, height: 130 },
    { width: 8, height: 8 },
  ];
  const names = ["a/ä 1.png", "b/2.png", "empty.png"];
  const uploaded = await target.upload(
    projectId,
    await Promise.all(
      sizes.map(async (size, i) => ({
        name: names[i] ?? "",
        bytes: await sharp({ create: { ...size, channels: 3, background: `#0${i}0000` } })
          .png()
          .toBuffer(),
      })),
    ),
  );
  for (const [i, size] of sizes.slice(0, 2).entries())
    await target.call(api.createAnnotations, {
      params: { imageId: uploaded[i]?.image?.id ?? "" },
      body: { annotations: makeAnnotations(i, size, classIds) },
    });
  const { bytes } = await target.exportFile(projectId, false);
  // The one thing that differs from run to run.
  return bytes
    .toString()
    .replace(/"year":\d+/, '"year":2026')
    .replace(/"date_created":"[^"]*"/, '"date_created":"2026-01-01T00:00:00.000Z"');
}

function makeAnnotations(
  seed: number,
  { width, height }: { width: number; height: number },
  classIds: readonly string[],
): NewAnnotation[] {
  const random = createSeededRandom(100 + seed);
  const geometries: Partial<NewAnnotation>[] = [
    { bbox: [0, 0, 1, 1] },
    { bbox: [3.25, 4.5, 20.75, 11] },
    { rings: [[5, 5, 25, 25, 25, 5, 5, 25]] },
    { rings: [[0, 0, width, 0, width, height, 0, height]] },
    {
      rings: [
        [2, 2, 12, 2, 12, 12, 2, 12],
        [16, 30, 30, 30, 30, 50, 16, 50],
      ],
    },
    { rings: [[-5, -5, 15, -5, 15, 15, -5, 15]] },
  ];
  for (let i = 0; i < 12; i++) {
    const ring = Array.from({ length: 3 + random.integer(12) }, () => [
      Math.round(random.next() * width * 64) / 64,
      Math.round(random.next() * height * 64) / 64,
    ]);
    geometries.push({ rings: [ring.flat()] });
  }
  for (let i = 0; i < 12; i++) {
    const mask = createBitmask({ left: 0, top: 0, right: width, bottom: height });
    const share = i / 11;
    for (let at = 0; at < mask.data.length; at++) mask.data[at] = random.chance(share) ? 1 : 0;
    mask.data[random.integer(mask.data.length)] = 1;
    const { size, counts } = rleFromBitmask(mask, { width, height });
    geometries.push({ rle: { size: [...size], counts } });
  }
  return geometries.map((geometry, i) => ({
    id: `sample-${seed}-${String(i).padStart(2, "0")}`,
    classId: classIds[i % 2 === 0 ? 0 : 2] ?? "",
    ...geometry,
  }));
}

test("[FM30] the export is the one that pycocotools has read", async () => {
  if (process.env["LIMN_UPDATE"] === "1") writeFileSync(EXPORT, JSON.stringify(written, null, 1));
  expect(written).toEqual(JSON.parse(readFileSync(EXPORT, "utf8")));
});

test("[FM30] pycocotools found every image, class and object", () => {
  expect(results.images).toBe(3);
  expect(results.categories).toEqual(written.categories.map(({ name }) => name));
  expect(results.annotations.map(({ id }) => id)).toEqual(written.annotations.map(({ id }) => id));
  expect(results.annotations.length).toBe(60);
});

test("[FM31] a mask is to pycocotools the same mask, bit for bit, and area and box are those that it finds", () => {
  let masks = 0;
  for (const [i, annotation] of written.annotations.entries()) {
    const { segmentation, area, bbox } = annotation;
    if (Array.isArray(segmentation)) continue;
    masks++;
    expect(results.annotations[i]?.rle).toEqual(segmentation);
    expect(results.annotations[i]?.area).toBe(area);
    expect(results.annotations[i]?.bbox).toEqual(bbox);
  }
  expect(masks).toBe(24);
});

test("[FM32] a polygon covers to pycocotools the same pixels but for some at its edge", () => {
  let polygons = 0;
  for (const [i, { segmentation }] of written.annotations.entries()) {
    if (!Array.isArray(segmentation) || segmentation.length === 0) continue;
    polygons++;
    const ours = exportedPixels(written, i);
    const theirs = bitmaskFromRle(results.annotations[i]?.rle ?? { size: [1, 1], counts: "1" });
    const edge = segmentation.flatMap(lengthsOf).reduce((sum, length) => sum + length, 0);
    const both = overlapOf(ours, theirs);
    const union = (bitmaskArea(ours) + bitmaskArea(theirs)) / (1 + both);
    // Its outline is drawn five times finer and sampled, so a centre on or next to the edge may fall to either side.
    expect(union * (1 - both)).toBeLessThanOrEqual(isUpright(segmentation) ? 0 : edge * 0.25);
  }
  expect(polygons).toBe(32);
});

/** All edges run along the pixels. */
function isUpright(rings: readonly (readonly number[])[]): boolean {
  return rings.every((ring) =>
    ring.every(
      (value, i) =>
        Number.isInteger(value) &&
        (value === ring[(i + 2) % ring.length] || i % 2 === 1
          ? true
          : ring[i + 1] === ring[(i + 3) % ring.length]),
    ),
  );
}

/** Of its edges. */
function lengthsOf(ring: readonly number[]): number[] {
  return ring.flatMap((x, i) => {
    if (i % 2 === 1) return [];
    const next = (i + 2) % ring.length;
    return [Math.hypot((ring[next] ?? 0) - x, (ring[next + 1] ?? 0) - (ring[i + 1] ?? 0))];
  });
}
