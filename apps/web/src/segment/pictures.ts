/// <reference lib="webworker" />
import { createPixelPyramid, type PixelSource } from "@limn/shared/segment";
import type { ImageRef } from "./messages.ts";

const TILE_PX = 512;
/** A larger picture is read from the level of its pyramid that is at most this wide. */
const DECODED_SIDE = 4096;
const PICTURES_KEPT = 2;

const pictures = new Map<string, Promise<PixelSource>>();

/** The decoded picture, kept for the next click; the last two are kept. */
export function pictureOf(image: ImageRef): Promise<PixelSource> {
  const known = pictures.get(image.id);
  if (known) return known;
  const decoding = decode(image);
  pictures.set(image.id, decoding);
  decoding.catch(() => pictures.delete(image.id));
  for (const oldest of pictures.keys()) {
    if (pictures.size <= PICTURES_KEPT) break;
    pictures.delete(oldest);
  }
  return decoding;
}

async function bitmapAt(path: string): Promise<ImageBitmap> {
  const response = await fetch(path, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`The picture could not be loaded (${response.status}).`);
  // Equal pixels in browser and server: no colour conversion, no second turning.
  return createImageBitmap(await response.blob(), { colorSpaceConversion: "none" });
}

async function decode(image: ImageRef): Promise<PixelSource> {
  const base = `/api/images/${encodeURIComponent(image.id)}`;
  const level = Math.max(
    0,
    Math.ceil(Math.log2(Math.max(image.width, image.height) / DECODED_SIDE)),
  );
  const columns = Math.ceil(image.width / 2 ** level);
  const rows = Math.ceil(image.height / 2 ** level);
  const canvas = new OffscreenCanvas(columns, rows);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser cannot decode the picture in a worker.");
  if (level === 0) {
    const bitmap = await bitmapAt(`${base}/file`);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
  } else {
    const places = [];
    for (let y = 0; y * TILE_PX < rows; y++)
      for (let x = 0; x * TILE_PX < columns; x++) places.push({ x, y });
    await Promise.all(
      places.map(async ({ x, y }) => {
        const bitmap = await bitmapAt(`${base}/tiles/${level}/${x}/${y}`);
        context.drawImage(bitmap, x * TILE_PX, y * TILE_PX);
        bitmap.close();
      }),
    );
  }
  const { data } = context.getImageData(0, 0, columns, rows);
  return createPixelPyramid({ data, columns, rows }, image.width, image.height);
}
