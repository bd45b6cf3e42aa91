import type { Readable } from "node:stream";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import type { ImageLimits } from "./limits.ts";
import { checkPath, isSystemFile } from "./paths.ts";

/** One file of an archive, in the archive's order: to be read now, or refused with a sentence. */
export type ArchiveEntry =
  | { readonly path: string; readonly size: number; open(): Promise<Readable> }
  | { readonly path: string; readonly sentence: string };

/** The archive as a whole cannot be used; the message is a sentence for whoever sent it. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

type Limits = Pick<ImageLimits, "fileBytes" | "archiveBytes" | "archiveEntries">;

/**
 * Goes through a ZIP file on disk, entry by entry; nothing is ever written under an entry's name. Folders and what
 * systems add (`__MACOSX/`, `._*`, `.DS_Store`, `Thumbs.db`) are passed over.
 * @throws ArchiveError when the archive is damaged or holds more than the limits allow.
 */
export async function* readArchive(path: string, limits: Limits): AsyncGenerator<ArchiveEntry> {
  const zip = await openZip(path);
  try {
    if (zip.entryCount > limits.archiveEntries)
      throw new ArchiveError(
        `The archive has ${zip.entryCount} entries, the limit is ${limits.archiveEntries}: pack it in parts.`,
      );
    let unpacked = 0;
    for await (const entry of entriesOf(zip)) {
      const name = decodeName(entry);
      if (name.endsWith("/") || isSystemFile(name)) continue;
      unpacked += entry.uncompressedSize;
      if (unpacked > limits.archiveBytes)
        throw new ArchiveError(
          `The archive unpacks to more than ${mib(limits.archiveBytes)}: pack it in parts.`,
        );
      yield readEntry(zip, entry, name, limits);
    }
  } finally {
    zip.close();
  }
}

async function openZip(path: string): Promise<ZipFile> {
  try {
    return await openPromise(path, {
      lazyEntries: true,
      // Names are decoded and checked here, so that one bad name does not end the whole archive.
      decodeStrings: false,
      autoClose: false,
      validateEntrySizes: true,
    });
  } catch (error) {
    throw damaged(error);
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (error) {
    throw damaged(error);
  }
}

function damaged(error: unknown): ArchiveError {
  return new ArchiveError("The archive is damaged or cut off: pack and upload it again.", {
    cause: error,
  });
}

function readEntry(zip: ZipFile, entry: Entry, name: string, limits: Limits): ArchiveEntry {
  const refuse = (sentence: string): ArchiveEntry => ({ path: name, sentence });
  const checked = checkPath(name);
  if (!checked.ok) return refuse(checked.sentence);
  if (isSymbolicLink(entry))
    return refuse("This is a symbolic link: put the file itself into the archive.");
  if (entry.isEncrypted())
    return refuse("The entry is encrypted: pack the archive without a password.");
  if (!entry.canDecodeFileData())
    return refuse("The entry is packed in a way that cannot be opened here: use plain ZIP.");
  if (entry.uncompressedSize > limits.fileBytes)
    return refuse(
      `The file is larger than the limit of ${mib(limits.fileBytes)}: upload a smaller one.`,
    );
  return {
    path: checked.path,
    size: entry.uncompressedSize,
    open: () => zip.openReadStreamPromise(entry),
  };
}

/** File mode of Unix in the upper half of the attributes. */
function isSymbolicLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

/**
 * Names are UTF-8 where the archive says so; the archives of macOS are, but do not say so. What is not valid UTF-8 is
 * read as code page 437, as the format has it.
 */
function decodeName(entry: Entry): string {
  const declared = getFileNameLowLevel(
    entry.generalPurposeBitFlag,
    entry.fileNameRaw,
    entry.extraFields,
    true,
  );
  const saysUtf8 = (entry.generalPurposeBitFlag & 0x800) !== 0;
  if (saysUtf8 || entry.extraFields.some((field) => field.id === 0x70_75)) return declared;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw);
  } catch {
    return declared;
  }
}

export function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
