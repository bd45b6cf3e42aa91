import { readdirSync, readFileSync } from "node:fs";
import { createBitmask, type Bitmask } from "@limn/shared/raster";
import sharp from "sharp";

const FOLDER = new URL("data/", import.meta.url);

export interface CaseObject {
  readonly image: string;
  readonly class: string;
  readonly geometry?: "mask" | "polygon" | "box";
  readonly area?: number;
  readonly area_tol?: number;
  readonly bbox?: readonly [number, number, number, number];
  readonly bbox_tol?: number;
  readonly polygon_bbox?: readonly [number, number, number, number];
  readonly mask_png?: string;
  readonly min_iou?: number;
  readonly parts?: number;
  readonly holes?: number;
  readonly vertices?: number;
  readonly iscrowd?: 0 | 1;
}

/** What shall come out, by key; tests/cases/data/README.md says what the keys mean. */
export type Expectation = Readonly<Record<string, unknown>> & {
  readonly object_list?: readonly CaseObject[];
};

export interface Case {
  readonly id: string;
  readonly title: string;
  readonly theme: string;
  readonly kind: "import" | "upload" | "roundtrip" | "export" | "sync";
  readonly format: string;
  readonly input: readonly string[];
  readonly expect: Expectation;
}

export function readCases(): Case[] {
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted()
    .map((name) => JSON.parse(readFileSync(new URL(`${name}/case.json`, FOLDER), "utf8")) as Case);
}

export function readCaseFile(id: string, path: string): Buffer {
  return readFileSync(new URL(`${id}/${encodeURI(path)}`, FOLDER));
}

/** A mask as a picture: whatever is not black is set. */
export async function readMaskPicture(bytes: Uint8Array): Promise<Bitmask> {
  const { data, info } = await sharp(bytes)
    .greyscale()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const mask = createBitmask({ left: 0, top: 0, right: info.width, bottom: info.height });
  for (let i = 0; i < mask.data.length; i++)
    mask.data[i] = (data[i * info.channels] ?? 0) > 0 ? 1 : 0;
  return mask;
}
