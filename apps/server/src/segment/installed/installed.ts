import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { DEFAULT_MODEL, modelNameOf } from "@limn/shared/api";
import { ModelRefusal } from "../model-refusal.ts";
import { type ModelFile, type ModelRole, probeModel, tryWithZeros } from "../probe.ts";
import { type InstalledCard, installedCard, type PinnedCard } from "./cards.ts";
import { downloadFile, type DownloadOptions } from "./download.ts";

/** The folder below DATA_DIR that holds a folder for each installed model. */
export const MODELS_FOLDER = "models";
const CARD = "model.json";
/** How the names of folders begin that are no model yet, or no more. */
export const UNFINISHED = ".adding-";
/** What was left behind by an end in the middle is removed by the next one, unless it may still be going on. */
const ABANDONED_MS = 86_400_000;

export interface InstalledModel {
  readonly card: InstalledCard;
  readonly folder: string;
}

export interface AddedFiles {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly licence?: string | undefined;
}

/**
 * The models that whoever runs the server has installed, as folders of files with a card. A model is there whole or not at
 * all; other processes see it at once.
 */
export function createInstalled(folder: string) {
  async function find(id: string): Promise<InstalledModel | undefined> {
    // Ids come from anybody.
    if (!installedCard.shape.id.safeParse(id).success) return undefined;
    const own = join(folder, id);
    try {
      const card = installedCard.parse(JSON.parse(await readFile(join(own, CARD), "utf8")));
      return card.id === id ? { card, folder: own } : undefined;
    } catch {
      // A folder that somebody made or broke by hand is no model; `add` puts it right.
      return undefined;
    }
  }

  async function list(): Promise<InstalledModel[]> {
    const names = (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith("."));
    const found = await Promise.all(names.toSorted().map(find));
    return found.filter((model) => model !== undefined);
  }

  /** @throws ModelRefusal when a model has this id, which projects may use */
  async function requireFree(id: string): Promise<void> {
    if (await find(id))
      throw new ModelRefusal(
        `There is a network "${id}" already: remove it first, or give another --id.`,
      );
  }

  /** Fills a folder of its own, which becomes the model's when all is well. */
  async function add(fill: (work: string) => Promise<InstalledCard>): Promise<InstalledCard> {
    await mkdir(folder, { recursive: true });
    await removeAbandoned(folder);
    const work = join(folder, `${UNFINISHED}${randomBytes(6).toString("hex")}`);
    await mkdir(work);
    try {
      const card = await fill(work);
      await writeFile(join(work, CARD), `${JSON.stringify(card, null, 2)}\n`);
      await requireFree(card.id);
      // What somebody broke by hand makes room, and goes when the new one is in its place.
      await remove(card.id, () => rename(work, join(folder, card.id)));
      return card;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  /** Aside first, so that nobody finds half of it. */
  async function remove(id: string, replace?: () => Promise<void>): Promise<void> {
    const gone = join(folder, `${UNFINISHED}${randomBytes(6).toString("hex")}`);
    await rename(join(folder, id), gone).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    await replace?.();
    await rm(gone, { recursive: true, force: true });
  }

  return {
    find,
    list,

    /** Fetches the files of a card. @throws ModelRefusal; nothing is kept then */
    fetch: (card: PinnedCard, options: Omit<DownloadOptions, "onProgress"> & Progress = {}) =>
      add(async (work) => {
        await requireFree(card.id);
        const files: ModelFile[] = [];
        for (const role of ["encoder", "decoder"] as const) {
          const path = join(work, `${role}.onnx`);
          const { onProgress } = options;
          await downloadFile(card.files[role], path, {
            ...options,
            onProgress: (done, all) => onProgress?.(role, done, all),
          });
          files.push({ path, name: basename(new URL(card.files[role].url).pathname) });
        }
        return describe(files, card);
      }),

    /** Takes over copies of local files. @throws ModelRefusal; nothing is kept then */
    copy: (
      given: readonly ModelFile[],
      { id, name, licence }: AddedFiles,
      pinned: readonly PinnedCard[],
    ) =>
      add(async (work) => {
        const copies: ModelFile[] = [];
        for (const [i, file] of given.entries()) {
          const path = join(work, `given-${i}.onnx`);
          await copyFile(file.path, path);
          copies.push({ path, name: file.name });
        }
        const hashes = new Set(await Promise.all(copies.map(({ path }) => hashOf(path))));
        // Files that somebody fetched by hand are the model that they are.
        const known = pinned.find(
          ({ files }) => hashes.has(files.encoder.sha256) && hashes.has(files.decoder.sha256),
        );
        const own = id ?? known?.id ?? idFrom(modelNameOf(given.map((file) => file.name)));
        if (own === DEFAULT_MODEL)
          throw new ModelRefusal(
            `The id "${own}" is reserved for the network that comes with Limn: give another --id.`,
          );
        if (!installedCard.shape.id.safeParse(own).success)
          throw new ModelRefusal(
            `"${own}" cannot be the id of a model: give --id with small letters, digits, dots and dashes.`,
          );
        await requireFree(own);
        return describe(copies, {
          id: own,
          name: name ?? known?.name ?? own,
          licence: licence ?? known?.licence ?? null,
          source: known?.source ?? null,
        });
      }),

    /** Nothing happens when it is not there. */
    remove: (id: string) => remove(id),
  };
}

interface Progress {
  readonly onProgress?: (role: ModelRole, done: number, all: number | null) => void;
}

/** Finds out what the files are, tries them, names them, and writes their card. */
async function describe(
  files: readonly ModelFile[],
  about: Pick<InstalledCard, "id" | "name" | "licence" | "source">,
): Promise<InstalledCard> {
  const probed = await probeModel(files);
  await tryWithZeros(probed);
  const described: Partial<Record<ModelRole, unknown>> = {};
  for (const role of ["network", "encoder", "decoder"] as const) {
    const file = probed.files[role];
    if (!file) continue;
    // By their content, so that nobody who has loaded another one under this id mistakes it for that.
    const sha256 = await hashOf(file.path);
    const name = `${role}-${sha256.slice(0, 12)}.onnx`;
    const path = join(file.path, "..", name);
    await rename(file.path, path);
    described[role] = { path: name, bytes: (await stat(path)).size, sha256 };
  }
  const { id, name, licence, source } = about;
  return installedCard.parse({
    id,
    name,
    licence,
    source,
    family: probed.family,
    architecture: probed.architecture,
    files: described,
    installedAt: new Date().toISOString(),
  });
}

/** `Our Cells` -> `our-cells`. */
function idFrom(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replaceAll(/^[^a-z0-9]+/g, "")
    .slice(0, 60);
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > ABANDONED_MS)
      await rm(path, { recursive: true, force: true });
  }
}
