import type { Box } from "@limn/shared/geometry";
import { type Bitmask, isBitSet } from "@limn/shared/raster";
import sharp from "sharp";
import type { PictureRef } from "./segment-calls.ts";

const SIDE = 480;
const MASK = [34, 139, 230, 150] as const;
const BOX = [255, 255, 255, 255] as const;

/** A small WebP of a picture with a mask and a box on it. */
export async function drawTrial(picture: PictureRef, mask: Bitmask, box: Box): Promise<Uint8Array> {
  const { data: ground, info } = await sharp(picture.path, { limitInputPixels: false })
    .resize({ width: SIDE, height: SIDE, fit: "inside" })
    .toColourspace("srgb")
    .removeAlpha()
    .png()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const across = picture.width / width;
  const down = picture.height / height;
  const overlay = Buffer.alloc(4 * width * height);
  const edges = {
    left: Math.floor(box.x / across),
    top: Math.floor(box.y / down),
    right: Math.ceil((box.x + box.width) / across) - 1,
    bottom: Math.ceil((box.y + box.height) / down) - 1,
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const within = x >= edges.left && x <= edges.right && y >= edges.top && y <= edges.bottom;
      const onEdge =
        within && (x === edges.left || x === edges.right || y === edges.top || y === edges.bottom);
      const isSet = isBitSet(mask, Math.floor((x + 0.5) * across), Math.floor((y + 0.5) * down));
      const colour = onEdge ? BOX : isSet ? MASK : undefined;
      if (colour) overlay.set(colour, 4 * (y * width + x));
    }
  return sharp(ground)
    .composite([{ input: overlay, raw: { width, height, channels: 4 } }])
    .webp({ quality: 85 })
    .toBuffer();
}
