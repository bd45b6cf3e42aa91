import { createId } from "../ids.ts";
import { searchText, sortText, type ImageRow, type Store } from "../store/index.ts";
import { ArchiveError, mib, readArchive } from "./archive.ts";
import type { ImageLimits } from "./limits.ts";
import { checkPath, pathKey } from "./paths.ts";
import type { Pictures } from "./pictures.ts";
import { sniffFile, type FileKind } from "./sniff.ts";
import { spoolFile, type SpooledFile } from "./spool.ts";

/** What became of one file. */
export interface IntakeResult {
  readonly name: string;
  readonly status: "created" | "duplicate" | "refused";
  /** The image that was made, or that is the same. */
  readonly imageId?: string;
  /** Of the upright picture, unless it was refused. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly reason?: string;
}

/** Who brings a file, and where it belongs. */
export interface IntakeContext {
  readonly projectId: string;
  readonly userId: string | null;
  /** Who made the picture, where that has to be said. */
  readonly credit?: string;
  /** Judge only: the answer is the same but for the id of a new image, and nothing is kept. */
  readonly preview?: boolean;
}

export type Intake = ReturnType<typeof createIntake>;

interface Options {
  readonly store: Store;
  readonly pictures: Pictures;
  readonly workFolder: string;
  readonly limits: ImageLimits;
  readonly now: () => Date;
}

/** How images come into a project: each file is judged on its own, and no refusal stops the others. */
export function createIntake({ store, pictures, workFolder, limits, now }: Options) {
  /** One image file that lies on disk already, under the path that it shall have in the project. */
  async function addImage(
    context: IntakeContext,
    typed: string,
    file: SpooledFile,
    kind: FileKind,
  ): Promise<IntakeResult> {
    const checked = checkPath(typed);
    if (!checked.ok) return refused(typed, checked.sentence);
    const { path } = checked;
    if (kind.kind === "other") return refused(path, kind.sentence);
    if (kind.kind === "zip")
      return refused(path, "This is an archive within an archive: unpack it and upload it apart.");
    // The same bytes are worked on once at a time, whichever project they come to.
    return pictures.exclusively(file.sha256, () => addBytes(context, path, file, kind));
  }

  async function addBytes(
    context: IntakeContext,
    path: string,
    file: SpooledFile,
    kind: Extract<FileKind, { kind: "image" }>,
  ): Promise<IntakeResult> {
    try {
      return await keepBytes(context, path, file, kind);
    } catch (error) {
      // Whatever was kept of bytes that no image shows would lie there for ever, on a disk that may well be full.
      if (!(await store.images.isUsed(file.sha256))) await pictures.purge(file.sha256);
      throw error;
    }
  }

  async function keepBytes(
    context: IntakeContext,
    path: string,
    file: SpooledFile,
    kind: Extract<FileKind, { kind: "image" }>,
  ): Promise<IntakeResult> {
    const known = await compareWithKnown(context, path, file.sha256);
    if (known !== null) return known;
    const twin = await store.images.findTwin(context.projectId, file.sha256);
    const facts = (await store.images.findBySha(file.sha256)) ?? null;
    const developed =
      facts !== null
        ? ({ ok: true, ...facts } as const)
        : context.preview === true
          ? await pictures.inspect(file.path, kind, limits.pixels)
          : await pictures.develop(file.path, file.sha256, kind, limits.pixels);
    if (!developed.ok) return refused(path, developed.sentence);
    const size = { width: developed.width, height: developed.height };
    const note = twin === undefined ? {} : { reason: `This is the same picture as ${twin.name}.` };
    if (context.preview === true) return { name: path, status: "created", size, ...note };
    if (facts === null) await pictures.keepOriginal(file.sha256, file.path);
    const time = now().toISOString();
    const row: ImageRow = {
      id: createId(),
      projectId: context.projectId,
      name: path,
      nameKey: pathKey(path),
      searchKey: searchText(path),
      sortKey: sortText(path),
      sha256: file.sha256,
      bytes: file.bytes,
      mediaType: kind.mediaType,
      ...size,
      servedType: developed.servedType,
      state: "todo",
      assignee: null,
      credit: context.credit ?? null,
      createdBy: context.userId,
      createdAt: time,
      updatedAt: time,
      deletedAt: null,
    };
    if (!(await store.images.insert(row)))
      // Somebody else took the path in the meantime.
      return (
        (await compareWithKnown(context, path, file.sha256)) ??
        refused(path, "The path was taken and given up at the same moment: upload it again.")
      );
    return { name: path, status: "created", imageId: row.id, size, ...note };
  }

  /** Same path and same bytes is a retry; same path and other bytes would replace what people drew on. */
  async function compareWithKnown(
    { projectId }: IntakeContext,
    path: string,
    sha256: string,
  ): Promise<IntakeResult | null> {
    const known = await store.images.findByName(projectId, pathKey(path));
    if (known === undefined) return null;
    if (known.sha256 === sha256)
      return {
        name: path,
        status: "duplicate",
        imageId: known.id,
        size: { width: known.width, height: known.height },
        reason: "This picture is in the project already, under the same path.",
      };
    return refused(
      path,
      "There is another picture with this path in the project: rename the file, or delete the other image first.",
    );
  }

  async function addArchive(context: IntakeContext, path: string): Promise<IntakeResult[]> {
    const results: IntakeResult[] = [];
    for await (const entry of readArchive(path, limits)) {
      if ("sentence" in entry) {
        results.push(refused(entry.path, entry.sentence));
        continue;
      }
      results.push(await addEntry(context, entry));
    }
    return results;
  }

  async function addEntry(
    context: IntakeContext,
    entry: { path: string; open(): Promise<AsyncIterable<Uint8Array>> },
  ): Promise<IntakeResult> {
    let file: SpooledFile | null;
    try {
      file = await spoolFile(await entry.open(), workFolder, limits.fileBytes);
    } catch (error) {
      if (isFull(error)) throw error;
      return refused(entry.path, "The entry is damaged: pack and upload it again.");
    }
    if (file === null) return refused(entry.path, tooLarge(limits));
    try {
      return await addImage(context, entry.path, file, sniffFile(file.head));
    } finally {
      await file.remove();
    }
  }

  return {
    limits,
    workFolder,

    /** Reads one uploaded file to its end; the answer is what `add` takes, or null when it is over the limit. */
    receive: (source: AsyncIterable<Uint8Array>): Promise<SpooledFile | null> =>
      spoolFile(source, workFolder, limits.fileBytes),

    /** Adds a received file: an image, or all images of a ZIP file. Removes it. */
    async add(
      context: IntakeContext,
      name: string,
      file: SpooledFile | null,
    ): Promise<IntakeResult[]> {
      if (file === null) return [refused(name, tooLarge(limits))];
      try {
        const kind = sniffFile(file.head);
        if (kind.kind !== "zip") return [await addImage(context, name, file, kind)];
        const results = await addArchive(context, file.path);
        return results.length > 0
          ? results
          : [refused(name, "The archive is empty: there is no image in it.")];
      } catch (error) {
        if (error instanceof ArchiveError) return [refused(name, error.message)];
        throw error;
      } finally {
        await file.remove();
      }
    },
  };
}

function refused(name: string, reason: string): IntakeResult {
  return { name, status: "refused", reason };
}

function tooLarge(limits: ImageLimits): string {
  return `The file is larger than the limit of ${mib(limits.fileBytes)}: upload a smaller one.`;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOSPC";
}
