import { createPixelPyramid, type PixelSource } from "@limn/shared/segment";
import sharp from "sharp";

/** More pixels are decoded reduced: the network never looks at more than 384 across. */
const DECODED_SIDE = 4096;

/**
 * A picture as the network reads it, in coordinates of `width` x `height` pixels, which may be fewer than it has.
 * @throws when the file cannot be decoded
 */
export async function decodePicture(
  path: string,
  width: number,
  height: number,
): Promise<PixelSource> {
  const { data, info } = await sharp(path, { limitInputPixels: false })
    .resize({ width: DECODED_SIDE, height: DECODED_SIDE, fit: "inside", withoutEnlargement: true })
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return createPixelPyramid({ data, columns: info.width, rows: info.height }, width, height);
}
