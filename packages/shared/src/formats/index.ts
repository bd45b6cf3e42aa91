// Formats of annotation files: one file each, listed here. Pure: files come and go as bytes and text.
import { coco } from "./coco.ts";
import type { Format } from "./format.ts";

export {
  type AttributeValue,
  CROWD_ATTRIBUTE,
  type ExportDataset,
  type ExportImage,
  type ExportObject,
  type FileVerdict,
  type Format,
  type ObjectGeometry,
  type ReadOutcome,
  type SourceDataset,
  type SourceFile,
  type SourceImage,
  type SourceObject,
  type TargetFile,
} from "./format.ts";
export { createRemarks, type Remarks } from "./remarks.ts";
export { cleanSourcePath } from "./source-path.ts";

/** In the order in which they are offered, and in which files of an unknown format are tried. */
export const FORMATS: readonly Format[] = [coco];

export function findFormat(id: string): Format | undefined {
  return FORMATS.find((format) => format.id === id);
}
