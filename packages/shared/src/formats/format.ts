import type { Box, Ring } from "../geometry/index.ts";
import type { CocoRle, ImageSize } from "../raster/index.ts";
import type { Remarks } from "./remarks.ts";

/** A file that somebody handed over, alone or out of an archive. */
export interface SourceFile {
  /** Relative, with `/` between folders. */
  readonly path: string;
  readonly bytes: number;
  /** From its start; each call begins anew. */
  stream(): AsyncIterable<Uint8Array>;
  /** The bytes `start` (included) to `end` (not included). */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** What an object is, in image pixels. Masks are of exactly the image's size. */
export type ObjectGeometry =
  | { readonly kind: "mask"; readonly rle: CocoRle }
  /** One or more rings of at least three points, united. */
  | { readonly kind: "polygon"; readonly rings: readonly Ring[] }
  | { readonly kind: "box"; readonly box: Box };

export type AttributeValue = string | number | boolean;

/** What an object carries besides its geometry, in whichever direction it travels. */
interface ObjectFacts {
  readonly geometry: ObjectGeometry;
  readonly name?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** The attribute by which an object says that it is a group whose members are not told apart (COCO's iscrowd). */
export const CROWD_ATTRIBUTE = "iscrowd";

export interface SourceObject extends ObjectFacts {
  /** Position in the data set; with the data set's name it is the object's identity, as ids of files repeat. */
  readonly position: number;
  /** Into the data set's classes. */
  readonly classIndex: number;
}

export interface SourceImage {
  /** As written in the file, as a relative path with `/`. */
  readonly path: string;
  /** As the file says, which may be wrong. */
  readonly size: ImageSize | null;
  readonly objects: number;
}

/** One annotation file (or folder of them) that was understood. Objects stay in the file until they are asked for. */
export interface SourceDataset {
  /** Path of the file, for people. */
  readonly name: string;
  /** Names as typed, in the order of the file, those without objects included; no two are equal in NFC. */
  readonly classes: readonly string[];
  readonly images: readonly SourceImage[];
  /**
   * The objects of `images[index]`, checked against the picture's true size; whatever is left out is remarked on.
   * Call it once for each image, so that nothing is remarked twice.
   */
  readObjects(index: number, size: ImageSize): Promise<SourceObject[]>;
}

export interface FileVerdict {
  readonly path: string;
  readonly status: "read" | "refused";
  /** One sentence: what was wrong, what to do. */
  readonly reason?: string;
}

export interface ReadOutcome {
  readonly datasets: readonly SourceDataset[];
  /** One for each file that was given. */
  readonly files: readonly FileVerdict[];
}

export interface ExportObject extends ObjectFacts {
  /** Into the data set's classes. */
  readonly classIndex: number;
  /** Pixels that it covers; of a box width times height. */
  readonly area: number;
  /** x, y, width, height. */
  readonly bbox: readonly [number, number, number, number];
}

export interface ExportImage {
  readonly path: string;
  readonly width: number;
  readonly height: number;
  /** Lowest first. */
  readObjects(): Promise<readonly ExportObject[]>;
}

export interface ExportDataset {
  /** Name of the project. */
  readonly name: string;
  /** When, ISO 8601. */
  readonly date: string;
  /**
   * In order, those without objects included. Removed classes are added at the end when an object of theirs is met, so
   * write the list after the objects.
   */
  readonly classes: readonly string[];
  /** Images may be many, their objects more: a writer asks each image for its objects once, in this order. */
  readonly images: readonly ExportImage[];
}

export interface TargetFile {
  /** Within the archive. */
  readonly path: string;
  readonly mediaType: string;
  /** Text in pieces, to be written as UTF-8 as they come. */
  content(): AsyncIterable<string>;
}

/** A format of annotations: one file, one line in `index.ts`. */
export interface Format {
  readonly id: string;
  readonly label: string;
  /** One sentence for people: what survives the way out and in. */
  readonly keeps: string;
  /** Whether a file of this path may hold annotations of this format; others are never handed to it. */
  mayRead(path: string): boolean;
  /** Those of the files that are of this format, by a look at their content. */
  detect(files: readonly SourceFile[]): Promise<readonly SourceFile[]>;
  /** Never throws for what is in the files: it says so in the verdicts and remarks. */
  read(files: readonly SourceFile[], remarks: Remarks): Promise<ReadOutcome>;
  /** Files are written one after another, each to its end. */
  write(dataset: ExportDataset, remarks: Remarks): Iterable<TargetFile>;
  /** Folder of the pictures in the archive, which a file's own paths are relative to. */
  readonly pictureFolder: string;
}
