import { looksLikeCoco, readCocoFiles } from "./coco-read.ts";
import { writeCoco } from "./coco-write.ts";
import type { Format, SourceFile } from "./format.ts";

/** COCO instances JSON. */
export const coco: Format = {
  id: "coco",
  label: "COCO (instances JSON)",
  keeps:
    "Masks bit for bit (as run lengths), polygons with their vertices, boxes, the crowd flag, the order of classes, images without objects.",
  pictureFolder: "images",
  mayRead: (path) => /\.json$/i.test(path),
  async detect(files) {
    const found: SourceFile[] = [];
    for (const file of files) if (await looksLikeCoco(file)) found.push(file);
    return found;
  },
  read: readCocoFiles,
  write: writeCoco,
};
