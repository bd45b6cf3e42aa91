import type { PictureSource } from "../../workspace/state/picture-source.ts";

/** Pixels as the server made them: no colour conversion, so that browser, server and network see the same. */
async function bitmapAt(url: string, signal?: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(url, { credentials: "same-origin", ...(signal ? { signal } : {}) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return createImageBitmap(await response.blob(), { colorSpaceConversion: "none" });
}

export function createPicture(image: { id: string; width: number; height: number }): PictureSource {
  const base = `/api/images/${encodeURIComponent(image.id)}`;
  return {
    width: image.width,
    height: image.height,
    tile: (level, x, y, signal) => bitmapAt(`${base}/tiles/${level}/${x}/${y}`, signal),
    thumbnail: () => bitmapAt(`${base}/thumbnail`),
  };
}

/** Fetches what the next image will need first into the browser's cache. */
export function prefetchPicture(image: { id: string; width: number; height: number }): void {
  const quiet = (url: string) =>
    void fetch(url, { credentials: "same-origin", priority: "low" }).catch(() => undefined);
  const base = `/api/images/${encodeURIComponent(image.id)}`;
  quiet(`${base}/thumbnail`);
  if (Math.max(image.width, image.height) >= 4096) return;
  for (let y = 0; y * 512 < image.height; y++)
    for (let x = 0; x * 512 < image.width; x++) quiet(`${base}/tiles/0/${x}/${y}`);
}
