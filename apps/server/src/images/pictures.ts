import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { BlobStore } from "../blobs/blobs.ts";
import { createKeyedQueue } from "../keyed-queue.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import type { Developed, ImageCalls } from "./image-calls.ts";
import { sniffFile, type FileKind } from "./sniff.ts";
import { readHead } from "./spool.ts";
import { offsetsOf, PREFIX_BYTES, readPrefix, type PackHeader } from "./tile-pack.ts";

export type Pictures = ReturnType<typeof createPictures>;

/** The stored picture of an image: its bytes, and the type of what browsers get. */
export interface StoredPicture {
  readonly sha256: string;
  readonly mediaType: string;
  readonly servedType: string;
}

interface Pack {
  readonly header: PackHeader;
  readonly offsets: readonly (readonly number[])[];
}

interface Options {
  readonly blobs: BlobStore;
  readonly workers: WorkerPool<ImageCalls>;
  /** For files that lie between; emptied at start. */
  readonly workFolder: string;
}

/** Whatever changes in how copies are made changes this, and they are made anew. */
const MADE_BY = "v1";
const REMEMBERED = 500;

const originalKey = (sha256: string): string => `originals/${sha256.slice(0, 2)}/${sha256}`;
const madeKey = (sha256: string, what: string): string =>
  `derived/${sha256.slice(0, 2)}/${sha256}/${MADE_BY}/${what}`;

/**
 * The pictures of the installation, by the SHA-256 of their original bytes: equal bytes are one picture, however many
 * images show it. What is made from the original can be lost and made again.
 */
export function createPictures({ blobs, workers, workFolder }: Options) {
  const queue = createKeyedQueue();
  const packs = new Map<string, Pack>();
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  function withFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new Error("The server is stopping."));
    const work = (async () => {
      const folder = await mkdtemp(join(workFolder, "work-"));
      try {
        return await task(folder);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    })();
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  }

  /** Makes the copies of a local file and keeps them. */
  async function develop(
    path: string,
    sha256: string,
    file: Extract<FileKind, { kind: "image" }>,
    maxPixels: number,
    signal?: AbortSignal,
  ): Promise<Developed> {
    return withFolder(async (folder) => {
      const servedPath = join(folder, "served");
      const thumbnailPath = join(folder, "thumbnail.webp");
      const { mediaType, lossless } = file;
      const developed = await workers.run(
        "develop",
        { path, mediaType, lossless, maxPixels, servedPath, thumbnailPath },
        signal === undefined ? {} : { signal },
      );
      if (!developed.ok) return developed;
      if (!developed.servesOriginal) await blobs.adopt(madeKey(sha256, "served"), servedPath);
      await blobs.adopt(madeKey(sha256, "thumbnail"), thumbnailPath);
      return developed;
    });
  }

  /** What `develop` would answer; nothing is kept. */
  async function inspect(
    path: string,
    file: Extract<FileKind, { kind: "image" }>,
    maxPixels: number,
  ): Promise<Developed> {
    return withFolder((folder) =>
      workers.run("develop", {
        path,
        mediaType: file.mediaType,
        lossless: file.lossless,
        maxPixels,
        servedPath: join(folder, "served"),
        thumbnailPath: join(folder, "thumbnail.webp"),
      }),
    );
  }

  /** Copies that were lost, or that another version of the server made, are made again from the original. */
  async function ensureMade({ sha256 }: StoredPicture): Promise<void> {
    // The thumbnail is kept last, so that where it is the others are.
    const isMade = async (): Promise<boolean> =>
      (await blobs.size(madeKey(sha256, "thumbnail"))) !== null;
    if (await isMade()) return;
    await queue.run(`copies ${sha256}`, async () => {
      if (!(await isMade())) await developAgain(sha256);
    });
  }

  async function developAgain(sha256: string): Promise<void> {
    const original = await blobs.asFile(originalKey(sha256));
    // The caller finds that the picture is missing, and says so.
    if (original === null) return;
    try {
      const kind = sniffFile(await readHead(original.path));
      // What was taken in once is not judged again.
      const developed =
        kind.kind === "image"
          ? await develop(original.path, sha256, kind, Number.MAX_SAFE_INTEGER)
          : null;
      if (developed?.ok !== true) throw new Error(`The original ${sha256} can be read no longer.`);
    } finally {
      await original.release();
    }
  }

  /** The copy that browsers show, or the original where that is the same. */
  async function servedKey(picture: StoredPicture): Promise<string> {
    await ensureMade(picture);
    const { sha256 } = picture;
    const key = madeKey(sha256, "served");
    return (await blobs.size(key)) === null ? originalKey(sha256) : key;
  }

  async function cut(picture: StoredPicture, urgent: boolean): Promise<void> {
    const file = await blobs.asFile(await servedKey(picture));
    if (file === null) throw new Error(`The original ${picture.sha256} is missing.`);
    try {
      await withFolder(async (folder) => {
        const packPath = `${folder}.pack`;
        await workers.run(
          "cut",
          {
            path: file.path,
            servedType: picture.servedType,
            packPath,
            workFolder: folder,
          },
          { urgent },
        );
        await blobs.adopt(madeKey(picture.sha256, "tiles"), packPath);
      });
    } finally {
      await file.release();
    }
  }

  async function readPack(key: string): Promise<Pack | null> {
    const start = await blobs.get(key, { start: 0, end: PREFIX_BYTES - 1 });
    if (start === null) return null;
    const length = readPrefix(await buffer(start));
    const json = await blobs.get(key, { start: PREFIX_BYTES, end: PREFIX_BYTES + length - 1 });
    if (json === null) return null;
    // The server's own file, so the shape is known.
    const header = JSON.parse((await buffer(json)).toString()) as PackHeader;
    return { header, offsets: offsetsOf(header, PREFIX_BYTES + length) };
  }

  /** Makes the tiles unless they are there; several askers wait for one making. */
  function ensurePack(picture: StoredPicture, urgent: boolean): Promise<Pack> {
    const known = packs.get(picture.sha256);
    if (known !== undefined) return Promise.resolve(known);
    return queue.run(`tiles ${picture.sha256}`, async () => {
      const again = packs.get(picture.sha256);
      if (again !== undefined) return again;
      const key = madeKey(picture.sha256, "tiles");
      let pack = await readPack(key);
      if (pack === null) {
        await cut(picture, urgent);
        pack = await readPack(key);
      }
      if (pack === null) throw new Error(`The tiles of ${picture.sha256} were made and are gone.`);
      if (packs.size >= REMEMBERED) packs.clear();
      packs.set(picture.sha256, pack);
      return pack;
    });
  }

  async function readTile(
    picture: StoredPicture,
    level: number,
    x: number,
    y: number,
    lastTry = false,
  ): Promise<{ readonly stream: Readable; readonly mediaType: string } | null> {
    const { header, offsets } = await ensurePack(picture, true);
    const found = header.levels[level];
    if (found === undefined || x >= found.columns || y >= found.rows) return null;
    const index = y * found.columns + x;
    const start = offsets[level]?.[index] ?? 0;
    const end = start + (found.lengths[index] ?? 0) - 1;
    const stream = await blobs.get(madeKey(picture.sha256, "tiles"), { start, end });
    if (stream !== null) return { stream, mediaType: header.mediaType };
    // The pack was lost while its header was remembered: made again, and asked once more.
    packs.delete(picture.sha256);
    return lastTry ? null : readTile(picture, level, x, y, true);
  }

  return {
    develop,
    inspect,

    /** Takes over the original bytes, last of all: what refers to them is written afterwards. */
    keepOriginal: (sha256: string, path: string): Promise<void> =>
      blobs.adopt(originalKey(sha256), path),

    /** One after another for the same bytes, so that nothing is purged while it is taken in again. */
    exclusively: <T>(sha256: string, task: () => Promise<T>): Promise<T> =>
      queue.run(`bytes ${sha256}`, task),

    readOriginal: (picture: StoredPicture): Promise<Readable | null> =>
      blobs.get(originalKey(picture.sha256)),

    /** For work that looks into the original, such as an export; null: it is missing. */
    originalAsFile: (picture: StoredPicture) => blobs.asFile(originalKey(picture.sha256)),

    readServed: async (picture: StoredPicture): Promise<Readable | null> =>
      blobs.get(await servedKey(picture)),

    /** For work that needs a local file, such as inference: the picture as browsers see it. */
    servedAsFile: async (picture: StoredPicture) => blobs.asFile(await servedKey(picture)),

    async readThumbnail(picture: StoredPicture): Promise<Readable | null> {
      await ensureMade(picture);
      return blobs.get(madeKey(picture.sha256, "thumbnail"));
    },

    /** Null: there is no such tile in this picture. */
    readTile: (picture: StoredPicture, level: number, x: number, y: number) =>
      readTile(picture, level, x, y),

    /** Makes the tiles before anybody asks, when the workers have nothing better to do. */
    prepareTiles: (picture: StoredPicture): Promise<void> =>
      // One at a time, so that a picture that somebody opens never stands in a line behind others.
      queue.run("ahead", async () => {
        await ensurePack(picture, false);
      }),

    /** Makes nothing from now on. Resolves when what was being made has ended, which the end of the workers hastens, and is tidied up. */
    async close(): Promise<void> {
      closed = true;
      await Promise.allSettled(underWay);
    },

    /** Removes a picture and everything made from it. */
    async purge(sha256: string): Promise<void> {
      packs.delete(sha256);
      await blobs.delete(`derived/${sha256.slice(0, 2)}/${sha256}`);
      await blobs.delete(originalKey(sha256));
    },
  };
}
