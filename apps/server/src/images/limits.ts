/** What the server takes in; handed around so that tests can reach the edges with small files. */
export interface ImageLimits {
  /** Bytes of one file, on its own or within an archive. */
  readonly fileBytes: number;
  /** Pixels of one picture, as its header says, before anything is decoded. */
  readonly pixels: number;
  /** Bytes of all files of one archive together, unpacked. */
  readonly archiveBytes: number;
  readonly archiveEntries: number;
}

export const IMAGE_LIMITS: ImageLimits = {
  fileBytes: 512 << 20,
  pixels: 150_000_000,
  archiveBytes: 8 * 2 ** 30,
  archiveEntries: 50_000,
};

/** Tiles are squares of this side, without overlap; those at the right and lower edge are cut off. */
export const TILE_SIZE = 512;
/** Smaller pictures are a pyramid of one level. */
const ONE_LEVEL_BELOW = 4096;
/** The longer side of thumbnails and overlays. */
export const THUMBNAIL_SIDE = 512;

/** Levels of a picture's pyramid: level 0 is full size, each next one half of it, until one tile holds all. */
export function countLevels(width: number, height: number): number {
  const side = Math.max(width, height);
  return side < ONE_LEVEL_BELOW ? 1 : Math.ceil(Math.log2(side / TILE_SIZE)) + 1;
}
