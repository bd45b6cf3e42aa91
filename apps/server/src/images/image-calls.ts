import type { ImageType } from "./sniff.ts";

/** A picture as it comes in: its header is checked, everything decoded once, copies made for browsers. */
export interface DevelopRequest {
  readonly path: string;
  readonly mediaType: ImageType;
  readonly lossless: boolean;
  readonly maxPixels: number;
  /** Where to write the copy that browsers show, if the original will not do, and the thumbnail. */
  readonly servedPath: string;
  readonly thumbnailPath: string;
}

/** Expected refusals are values: their sentence goes to whoever uploaded the file. */
export type Developed =
  | {
      readonly ok: true;
      /** Of the upright picture. */
      readonly width: number;
      readonly height: number;
      readonly servedType: string;
      /** The original can be shown as it is, so that nothing lies at `servedPath`. */
      readonly servesOriginal: boolean;
    }
  | { readonly ok: false; readonly sentence: string };

/** Cuts a served picture into the tiles of its pyramid, in one pack file. */
export interface CutRequest {
  readonly path: string;
  readonly servedType: string;
  readonly packPath: string;
  /** An empty folder for what lies between; the worker leaves it empty. */
  readonly workFolder: string;
}

/** What image workers can be asked. */
export interface ImageCalls {
  readonly develop: { readonly request: DevelopRequest; readonly answer: Developed };
  readonly cut: { readonly request: CutRequest; readonly answer: null };
}
