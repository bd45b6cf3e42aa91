import sharp from "sharp";
import type { Picture } from "./predictor.ts";

/** Decodes a picture. Throws an Error with a sentence when it cannot be decoded, or is not what its map says. */
export async function openPicture(
  name: string,
  path: string,
  size: { readonly width: number; readonly height: number },
): Promise<Picture> {
  const { data, info } = await sharp(path)
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new Error("it cannot be decoded.", { cause: error });
    });
  if (info.width !== size.width || info.height !== size.height)
    throw new Error(
      `it has ${info.width} x ${info.height} pixels, its map ${size.width} x ${size.height}; they must be equal.`,
    );
  return { name, path, width: info.width, height: info.height, rgba: data };
}
