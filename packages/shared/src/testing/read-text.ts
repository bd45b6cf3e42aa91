import type { Format, SourceObject } from "../formats/index.ts";
import { createRemarks } from "../formats/index.ts";
import { sourceFile } from "./source-file.ts";

/** What a format makes of one annotation file. */
export interface ReadText {
  readonly objects: readonly SourceObject[];
  readonly classes: readonly string[];
  readonly images: readonly { path: string; objects: number }[];
  readonly remarks: readonly string[];
  readonly refused: readonly (string | undefined)[];
}

/** Images are of the size that the file says, else of `fallback`. */
export async function readText(
  format: Format,
  text: string,
  fallback: { width: number; height: number },
  pieceBytes?: number,
): Promise<ReadText> {
  const remarks = createRemarks();
  const { datasets, files } = await format.read(
    [sourceFile("annotations.json", text, pieceBytes)],
    remarks,
  );
  const objects: SourceObject[] = [];
  for (const dataset of datasets)
    for (const [index, { size }] of dataset.images.entries())
      objects.push(...(await dataset.readObjects(index, size ?? fallback)));
  const [dataset] = datasets;
  return {
    objects,
    classes: dataset?.classes ?? [],
    images: dataset?.images.map(({ path, objects: count }) => ({ path, objects: count })) ?? [],
    remarks: remarks.list(),
    refused: files.filter(({ status }) => status === "refused").map(({ reason }) => reason),
  };
}
