import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkKey, type BlobStore } from "./blobs.ts";

/** Below the store's folder; no key can start with a dot. */
const UNFINISHED = ".unfinished";

/** Blobs in a folder. A file is written beside, synced, then renamed, so that a crash leaves none half written. */
export async function openDiskBlobs(folder: string): Promise<BlobStore> {
  const unfinished = join(folder, UNFINISHED);
  await mkdir(unfinished, { recursive: true });
  // What a crash left behind.
  for (const name of await readdir(unfinished)) await rm(join(unfinished, name), { force: true });

  const pathOf = (key: string): string => {
    checkKey(key);
    return join(folder, key);
  };

  /** Moves a finished, synced file to its key. */
  async function finish(from: string, key: string): Promise<void> {
    const to = pathOf(key);
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
    await sync(dirname(to));
  }

  return {
    async put(key, source) {
      const path = join(unfinished, randomBytes(12).toString("hex"));
      try {
        const file = await open(path, "wx");
        try {
          // `writeFile` on a handle takes bytes and iterables alike.
          await file.writeFile(source);
          await file.sync();
        } finally {
          await file.close();
        }
        await finish(path, key);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },

    async adopt(key, path) {
      await sync(path);
      try {
        await finish(path, key);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
        // Another file system: copy, then rename within this one.
        const near = join(unfinished, randomBytes(12).toString("hex"));
        await copyFile(path, near);
        await sync(near);
        await finish(near, key);
        await rm(path, { force: true });
      }
    },

    async get(key, range) {
      const path = pathOf(key);
      if (!(await isFile(path))) return null;
      return createReadStream(path, range);
    },

    async size(key) {
      const found = await statOrNull(pathOf(key));
      return found?.isFile() === true ? found.size : null;
    },

    async asFile(key) {
      const path = pathOf(key);
      if (!(await isFile(path))) return null;
      return { path, release: () => Promise.resolve() };
    },

    async list(key) {
      const path = pathOf(key);
      return (await statOrNull(path))?.isDirectory() === true ? readdir(path) : [];
    },

    async delete(key) {
      // A file that is put below while this runs makes the folder not empty: seen again, it goes too.
      await rm(pathOf(key), { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
    },
  };
}

async function statOrNull(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await statOrNull(path))?.isFile() ?? false;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
