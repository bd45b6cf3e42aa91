import { createReadStream } from "node:fs";
import { open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { countLevels, TILE_SIZE } from "./limits.ts";
import type { CutRequest } from "./image-calls.ts";
import { encodePackHeader, type PackLevel } from "./tile-pack.ts";

/*
 * Runs in the image worker only. libvips writes a "deep zoom" folder in one pass over the picture (levels numbered
 * from the smallest, halves rounded up); its tiles are then joined to one pack.
 */
export async function cutTiles(request: CutRequest): Promise<null> {
  const { path, servedType, packPath, workFolder } = request;
  const input = { limitInputPixels: false } as const;
  const { width, height, hasAlpha } = await sharp(path, input).metadata();
  // Lossless stays lossless; alpha needs PNG.
  const asPng = servedType === "image/png" || hasAlpha;
  const levels = countLevels(width, height);
  const picture = sharp(path, input);
  const encoded = asPng
    ? picture.png({ compressionLevel: 6 })
    : picture.jpeg({ quality: 92, chromaSubsampling: "4:4:4" });
  const base = join(workFolder, "tiles");
  await encoded
    .tile({
      size: TILE_SIZE,
      layout: "dz",
      depth: levels === 1 ? "one" : "onetile",
      skipBlanks: -1,
    })
    .toFile(`${base}.dz`);
  const folder = `${base}_files`;
  // Largest first: level 0 is full size.
  const names = (await readdir(folder)).toSorted((a, b) => Number(b) - Number(a)).slice(0, levels);
  const suffix = asPng ? "png" : "jpeg";
  const files: string[] = [];
  const packed: PackLevel[] = [];
  for (const [level, name] of names.entries()) {
    const columns = Math.ceil(Math.ceil(width / 2 ** level) / TILE_SIZE);
    const rows = Math.ceil(Math.ceil(height / 2 ** level) / TILE_SIZE);
    const lengths: number[] = [];
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const file = join(folder, name, `${x}_${y}.${suffix}`);
        lengths.push((await stat(file)).size);
        files.push(file);
      }
    packed.push({ columns, rows, lengths });
  }
  const pack = await open(packPath, "wx");
  try {
    const mediaType = asPng ? "image/png" : "image/jpeg";
    await pack.writeFile(encodePackHeader({ tileSize: TILE_SIZE, mediaType, levels: packed }));
    for (const file of files) await pack.writeFile(createReadStream(file));
  } finally {
    await pack.close();
  }
  await rm(folder, { recursive: true });
  for (const rest of await readdir(workFolder)) await rm(join(workFolder, rest));
  return null;
}
