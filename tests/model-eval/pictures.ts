import sharp from "sharp";
import type { Picture } from "./predictor.ts";

/** Decodes a picture. Throws an Error with a sentence when it is not what its map says. */
export async function openPicture(
  name: string,
  path: string,
  size: { readonly width: number; readonly height: number },
): Promise<Picture> {
  const { data, info } = await sharp(path)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== size.width || info.height !== size.height)
    throw new Error(
      `${path} has ${info.width} x ${info.height} pixels, its map ${size.width} x ${size.height}; they must be equal.`,
    );
  return { name, path, width: info.width, height: info.height, rgba: data };
}
