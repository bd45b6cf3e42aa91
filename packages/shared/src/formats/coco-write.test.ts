import { expect, test } from "vitest";
import { type Bitmask, bitmaskArea, createBitmask, rleFromBitmask } from "../raster/index.ts";
import { createSeededRandom, readText, type SeededRandom, sourceFile } from "../testing/index.ts";
import { coco } from "./coco.ts";
import type { ExportDataset, ExportImage, ExportObject, SourceObject } from "./format.ts";
import { createRemarks } from "./remarks.ts";

const SIZE = { width: 40, height: 30 };
const SQUARE = [5, 5, 15, 5, 15, 15, 5, 15];

async function writeText(dataset: ExportDataset): Promise<{ text: string; pieces: number }> {
  let text = "";
  let pieces = 0;
  for (const file of coco.write(dataset, createRemarks()))
    for await (const piece of file.content()) {
      text += piece;
      pieces++;
    }
  return { text, pieces };
}

function exportOf(
  images: readonly ExportImage[],
  classes: readonly string[] = ["t"],
): ExportDataset {
  return { name: "Näme", date: "2026-01-02T03:04:05.000Z", classes, images };
}

const shown = (object: Partial<ExportObject> & Pick<ExportObject, "geometry">): ExportObject => ({
  classIndex: 0,
  area: 1,
  bbox: [0, 0, 1, 1],
  ...object,
});

const exportImage = (path: string, objects: readonly ExportObject[]): ExportImage => ({
  path,
  ...SIZE,
  readObjects: () => Promise.resolve(objects),
});

test("[FM21] what is written is what readers insist on", async () => {
  const { text } = await writeText(
    exportOf(
      [
        exportImage("a/ä.png", [
          shown({
            geometry: { kind: "polygon", rings: [[2.6015625, 2.6, 7.6, 2.6, 7.6, 7.6]] },
            area: 25,
            bbox: [2.6015625, 2.6, 5, 5],
            classIndex: 1,
          }),
          shown({
            geometry: { kind: "box", box: { x: 1, y: 2, width: 3, height: 4 } },
            area: 12,
            bbox: [1, 2, 3, 4],
          }),
          shown({
            geometry: { kind: "mask", rle: { size: [30, 40], counts: "e61jn0" } },
            bbox: [7, 3, 1, 1],
            attributes: { iscrowd: true, note: "x" },
          }),
          shown({ geometry: { kind: "mask", rle: { size: [30, 40], counts: "`U1" } }, area: 0 }),
        ]),
        exportImage("empty.png", []),
      ],
      ["t", 'unused "quoted"', "größe"],
    ),
  );
  const file = JSON.parse(text) as Record<string, unknown>;
  expect(file).toMatchObject({
    info: { description: "Näme", year: 2026, date_created: "2026-01-02T03:04:05.000Z" },
    licenses: [{ id: 0 }],
    images: [
      { id: 1, width: 40, height: 30, file_name: "a/ä.png" },
      { id: 2, file_name: "empty.png" },
    ],
    categories: [
      { id: 1, name: "t" },
      { id: 2, name: 'unused "quoted"' },
      { id: 3, name: "größe" },
    ],
  });
  expect(file["annotations"]).toEqual([
    {
      id: 1,
      image_id: 1,
      category_id: 2,
      segmentation: [[2.602, 2.6, 7.6, 2.6, 7.6, 7.6]],
      area: 25,
      bbox: [2.602, 2.6, 5, 5],
      iscrowd: 0,
    },
    {
      id: 2,
      image_id: 1,
      category_id: 1,
      segmentation: [],
      area: 12,
      bbox: [1, 2, 3, 4],
      iscrowd: 0,
    },
    {
      id: 3,
      image_id: 1,
      category_id: 1,
      segmentation: { size: [30, 40], counts: "e61jn0" },
      area: 1,
      bbox: [7, 3, 1, 1],
      iscrowd: 1,
      attributes: { note: "x" },
    },
  ]);
});

test("[FM21] nothing to write is still a file that can be read", async () => {
  const { text } = await writeText(exportOf([], []));
  expect(JSON.parse(text)).toMatchObject({ images: [], annotations: [], categories: [] });
  expect(await readText(coco, text, SIZE)).toMatchObject({ objects: [], refused: [], remarks: [] });
});

test("[FM22] a hundred thousand objects leave in small pieces and come back", async () => {
  const object = shown({ geometry: { kind: "polygon", rings: [SQUARE] }, area: 100 });
  const images = Array.from({ length: 1000 }, (_, i) =>
    exportImage(
      `${i}.png`,
      Array.from({ length: 100 }, () => object),
    ),
  );
  let longest = 0;
  const remarks = createRemarks();
  const [file] = [...coco.write(exportOf(images), remarks)];
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for await (const piece of file?.content() ?? []) {
      longest = Math.max(longest, piece.length);
      yield Buffer.from(piece);
    }
  }
  const whole: Uint8Array[] = [];
  for await (const piece of bytes()) whole.push(piece);
  expect(longest).toBeLessThan(200_000);
  const source = sourceFile("a.json", Buffer.concat(whole), 1 << 20);
  const { datasets } = await coco.read([source], remarks);
  expect(datasets[0]?.images.reduce((sum, each) => sum + each.objects, 0)).toBe(100_000);
  expect(await datasets[0]?.readObjects(999, SIZE)).toHaveLength(100);
  expect(remarks.list()).toEqual([]);
});

function randomMask(random: SeededRandom): Bitmask {
  const mask = createBitmask({ left: 0, top: 0, right: SIZE.width, bottom: SIZE.height });
  const share = random.next();
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = random.chance(share) ? 1 : 0;
  return mask;
}

test("[FM23] masks come back bit for bit, polygons as documents store them, whatever they are", async () => {
  const seed = 12;
  console.info(`seed ${seed}`);
  const random = createSeededRandom(seed);
  const coordinate = (): number => Math.round((random.next() * 60 - 10) * 256) / 256;
  for (let round = 0; round < 40; round++) {
    const masks = Array.from({ length: 3 }, () => randomMask(random)).filter(
      (mask) => bitmaskArea(mask) > 0,
    );
    const geometries: ExportObject["geometry"][] = [
      ...masks.map((mask) => ({ kind: "mask", rle: rleFromBitmask(mask, SIZE) }) as const),
      {
        kind: "polygon",
        rings: Array.from({ length: 1 + random.integer(3) }, () =>
          Array.from({ length: 2 * (3 + random.integer(9)) }, coordinate),
        ),
      },
      { kind: "box", box: { x: coordinate(), y: coordinate(), width: 0.5, height: 7 } },
    ];
    const objects = geometries.map((geometry) =>
      shown({
        geometry,
        ...(geometry.kind === "box"
          ? {
              bbox: [
                geometry.box.x,
                geometry.box.y,
                geometry.box.width,
                geometry.box.height,
              ] as const,
            }
          : {}),
      }),
    );
    const { text } = await writeText(exportOf([exportImage("p.png", objects)]));
    const back = await readText(coco, text, SIZE, 64);
    expect(back.remarks).toEqual([]);
    expect(back.objects.map(({ geometry }) => stored(geometry))).toEqual(geometries);
  }
});

/** As a document keeps it: 1/256 px. */
function stored(geometry: SourceObject["geometry"]): SourceObject["geometry"] {
  const snap = (value: number): number => Math.round(value * 256) / 256;
  if (geometry.kind === "polygon")
    return { kind: "polygon", rings: geometry.rings.map((ring) => ring.map(snap)) };
  if (geometry.kind === "mask") return geometry;
  const { x, y, width, height } = geometry.box;
  return { kind: "box", box: { x: snap(x), y: snap(y), width: snap(width), height: snap(height) } };
}
