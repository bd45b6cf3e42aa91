import { createReadStream } from "node:fs";
import { open, readFile, type FileHandle } from "node:fs/promises";
import { FORMATS, type SourceFile } from "@limn/shared/formats";
import type { BlobStore } from "../blobs/blobs.ts";
import { ArchiveError, readArchive } from "../images/archive.ts";
import type { ImageLimits } from "../images/limits.ts";
import { checkPath, isSystemFile } from "../images/paths.ts";
import { sniffFile } from "../images/sniff.ts";
import { readHead, spoolFile, type SpooledFile } from "../images/spool.ts";

/** A file of the request, as it was kept until its turn came. */
export interface KeptFile {
  readonly name: string;
  /** Of its blob. */
  readonly key: string;
}

export interface FileNote {
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
}

/** Everything that came with an import; archives are looked into. */
export interface Sources {
  /** What may be annotations, by name and first bytes. */
  readonly texts: readonly SourceFile[];
  /** Paths of everything else, to be taken for pictures. */
  readonly pictures: readonly string[];
  readonly refused: readonly FileNote[];
  /** Calls `take` with each picture in turn; what it is given is removed by whoever takes it. */
  forEachPicture(
    take: (index: number, file: SpooledFile | null) => Promise<void>,
  ): Promise<FileNote[]>;
  close(): Promise<void>;
}

interface Options {
  readonly blobs: BlobStore;
  readonly workFolder: string;
  readonly limits: ImageLimits;
  readonly signal: AbortSignal;
}

export async function openSources(
  files: readonly KeptFile[],
  { blobs, workFolder, limits, signal }: Options,
): Promise<Sources> {
  const texts: SourceFile[] = [];
  const pictures: string[] = [];
  const refused: FileNote[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  /** Files of the request that are archives, and those that are pictures, with the place of their first picture. */
  const archives: {
    readonly file: KeptFile;
    readonly first: number;
    readonly paths: Set<string>;
  }[] = [];
  const singles: { readonly file: KeptFile; readonly index: number }[] = [];

  const memory = createMemory();
  const refuse = (name: string, reason: string): number =>
    refused.push({ name, status: "refused", reason });

  async function addText(path: string, file: { path: string; bytes: number }): Promise<void> {
    const handle = await open(file.path);
    closers.push(() => handle.close());
    texts.push(createSourceFile(path, file, handle, memory));
  }

  async function addArchive(file: KeptFile, path: string): Promise<void> {
    const archive = { file, first: pictures.length, paths: new Set<string>() };
    archives.push(archive);
    for await (const entry of readArchive(path, limits)) {
      signal.throwIfAborted();
      if ("sentence" in entry) refuse(entry.path, entry.sentence);
      else if (!mayBeText(entry.path)) {
        archive.paths.add(entry.path);
        pictures.push(entry.path);
      } else {
        const spooled = await spoolFile(await entry.open(), workFolder, limits.fileBytes);
        if (spooled === null) continue;
        closers.push(spooled.remove);
        await addText(entry.path, spooled);
      }
    }
  }

  async function addFile(file: KeptFile): Promise<void> {
    const name = checkPath(file.name);
    if (!name.ok) return void refuse(file.name, name.sentence);
    if (isSystemFile(name.path)) return;
    const kept = await blobs.asFile(file.key);
    if (kept === null)
      return void refuse(file.name, "The file is gone from the server: send it again.");
    closers.push(kept.release);
    const head = await readHead(kept.path);
    const { kind } = sniffFile(head);
    if (kind === "zip") {
      try {
        await addArchive(file, kept.path);
      } catch (error) {
        if (!(error instanceof ArchiveError)) throw error;
        refuse(file.name, error.message);
      }
    } else if (kind === "other" && head.length > 0 && mayBeText(name.path))
      await addText(name.path, { path: kept.path, bytes: (await blobs.size(file.key)) ?? 0 });
    else singles.push({ file, index: pictures.push(name.path) - 1 });
  }

  async function close(): Promise<void> {
    for (const closer of closers.splice(0).toReversed()) await closer();
  }

  try {
    for (const file of files) await addFile(file);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    texts,
    pictures,
    refused,
    close,

    async forEachPicture(take) {
      const notes: FileNote[] = [];
      for (const { file, index } of singles) {
        signal.throwIfAborted();
        const bytes = await blobs.get(file.key);
        if (bytes !== null) await take(index, await spoolFile(bytes, workFolder, limits.fileBytes));
      }
      for (const archive of archives) await takeFromArchive(archive, take, notes);
      return notes;
    },
  };

  /** The same entries in the same order as when the archive was looked through. */
  async function takeFromArchive(
    { file, first, paths }: (typeof archives)[number],
    take: (index: number, file: SpooledFile | null) => Promise<void>,
    notes: FileNote[],
  ): Promise<void> {
    const kept = await blobs.asFile(file.key);
    if (kept === null) return;
    let index = first;
    try {
      for await (const entry of readArchive(kept.path, limits)) {
        signal.throwIfAborted();
        if ("sentence" in entry || !paths.has(entry.path)) continue;
        const at = index++;
        let spooled: SpooledFile | null;
        try {
          spooled = await spoolFile(await entry.open(), workFolder, limits.fileBytes);
        } catch (error) {
          if (error instanceof Error && "code" in error && error.code === "ENOSPC") throw error;
          notes.push({
            name: entry.path,
            status: "refused",
            reason: "The entry is damaged: pack and send it again.",
          });
          continue;
        }
        await take(at, spooled);
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
    } finally {
      await kept.release();
    }
  }
}

function mayBeText(path: string): boolean {
  return FORMATS.some((format) => format.mayRead(path));
}

/** Objects of one image lie all over a file, so that what is not too large is read into memory once. */
function createMemory() {
  let left = 128 * 2 ** 20;
  return {
    /** Whether there was room for it. */
    take(bytes: number): boolean {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
  };
}

function createSourceFile(
  path: string,
  file: { readonly path: string; readonly bytes: number },
  handle: FileHandle,
  memory: ReturnType<typeof createMemory>,
): SourceFile {
  let whole: Promise<Buffer> | undefined;
  return {
    path,
    bytes: file.bytes,
    stream: () => createReadStream(file.path, { highWaterMark: 1 << 20 }),
    async read(start, end) {
      if (whole !== undefined || memory.take(file.bytes)) {
        whole ??= readFile(file.path);
        return (await whole).subarray(start, end);
      }
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(end - start),
        0,
        end - start,
        start,
      );
      return buffer.subarray(0, bytesRead);
    },
  };
}
