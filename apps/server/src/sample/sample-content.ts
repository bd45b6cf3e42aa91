import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** Where the sample's photos lie in the repository, with their credits. */
const folder = new URL("../../samples/", import.meta.url);

export const pathOfSample = (file: string): string => fileURLToPath(new URL(file, folder));

const photos = z.array(z.object({ file: z.string(), credit: z.string() }));
const objects = z.array(
  z.object({
    id: z.string(),
    photo: z.string(),
    class: z.string(),
    rle: z.object({ size: z.tuple([z.number(), z.number()]), counts: z.string() }),
  }),
);

/** In the order of the number keys: what the photos without objects show comes early. */
export const SAMPLE_CLASSES = [
  ["person", "#e6550d"],
  ["dog", "#8c62d0"],
  ["bird", "#d4a017"],
  ["car", "#2f7ed8"],
  ["bicycle", "#2ca02c"],
  ["pizza", "#d62f8a"],
  ["bottle", "#17a2b8"],
  ["table", "#4b5cc4"],
  ["chair", "#b5651d"],
  ["bag", "#e0393e"],
  ["nucleus", "#c04ad1"],
  ["water", "#5aa9e6"],
  ["pothole", "#94a000"],
] as const;

export async function readSampleContent(): Promise<{
  photos: z.infer<typeof photos>;
  objects: z.infer<typeof objects>;
}> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(pathOfSample(name), "utf8"));
  return {
    photos: photos.parse(await read("photos.json")),
    objects: objects.parse(await read("objects.json")),
  };
}
