import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ApiError, DEFAULT_MODEL, learnReport, type Model, modelTrial } from "@limn/shared/api";
import { isLastLayer, type LastLayer } from "@limn/shared/learn";
import type { ModelRow, Store } from "../store/index.ts";
import type { InstalledCard } from "./installed/cards.ts";
import { createInstalled, type InstalledModel } from "./installed/installed.ts";
import { readUploadedFiles, type StoredFiles } from "./model-files.ts";
import { readStandardCard, STANDARD_FOLDER } from "./standard-card.ts";

export type Models = Awaited<ReturnType<typeof openModels>>;

/** A network that can be asked. */
export interface UsableModel {
  readonly id: string;
  readonly kind: Model["kind"];
  readonly family: string;
  /** What it is, for people; of a SAM that is known, the name of its signature. */
  readonly architecture: string;
  readonly files: StoredFiles;
  /** A change to its last layer. */
  readonly layer: LastLayer | null;
}

/**
 * The networks there are: the one that comes with the product, those in `installedFolder`, which may change at any time, and
 * those of each project.
 */
export async function openModels(store: Store, installedFolder: string, folder = STANDARD_FOLDER) {
  const { id, name, family, licence, files } = await readStandardCard(folder);
  const path = join(folder, files.cpu.path);
  const { size: bytes } = await stat(path);
  const standard = {
    id,
    kind: "default",
    family,
    architecture: architectureOf(family),
    path,
    files: { network: { path, bytes, sha256: files.cpu.sha256 } },
    layer: null,
  } as const satisfies UsableModel & { path: string };
  const standardCard: Model = {
    ...NOTHING_MORE,
    id: DEFAULT_MODEL,
    kind: "default",
    name,
    family,
    architecture: architectureOf(family),
    licence,
  };
  const installed = createInstalled(installedFolder);

  /** @throws ApiError when the project has no such network */
  async function rowOf(projectId: string, modelId: string): Promise<ModelRow> {
    const row = await store.models.find(modelId);
    if (row?.projectId !== projectId)
      throw new ApiError(
        "not-found",
        `This project has no network with the id "${modelId}": it may have been removed.`,
      );
    return row;
  }

  async function use(projectId: string, modelId: string): Promise<UsableModel> {
    if (modelId === standard.id) return standard;
    const found = await installed.find(modelId);
    if (found) return useInstalled(found);
    const row = await rowOf(projectId, modelId);
    return {
      id: row.id,
      kind: row.kind,
      family: row.family,
      architecture: present(row).architecture,
      files: row.files === null ? standard.files : readUploadedFiles(row.files),
      layer: readLayer(row),
    };
  }

  return {
    standard,

    async list(projectId: string): Promise<Model[]> {
      const there = (await installed.list()).map(({ card }) => presentInstalled(card));
      return [standardCard, ...there, ...(await store.models.list(projectId)).map(present)];
    },

    rowOf,

    /** @throws ApiError when the project has no such network */
    use,

    /** The network with this id, or the one that the project uses; what was chosen and is gone falls back to the default. */
    async resolve(projectId: string, modelId?: string): Promise<UsableModel> {
      if (modelId !== undefined)
        return use(projectId, modelId).catch((error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          throw new ApiError(
            "unprocessable",
            `There is no model "${modelId}" here: leave it out, or send "${standard.id}".`,
          );
        });
      const project = await store.projects.find(projectId);
      const chosen = project?.model ?? null;
      if (chosen === null) return standard;
      return use(projectId, chosen).catch(() => standard);
    },
  };
}

const NOTHING_MORE = { report: null, trial: null, createdAt: null, createdBy: null } as const;

function useInstalled({ card, folder }: InstalledModel): UsableModel {
  const place = (file: { path: string; bytes: number; sha256: string }) => ({
    ...file,
    path: join(folder, file.path),
  });
  const { files } = card;
  return {
    id: card.id,
    kind: "installed",
    family: card.family,
    architecture: card.architecture ?? architectureOf(card.family),
    files:
      "network" in files
        ? { network: place(files.network) }
        : { encoder: place(files.encoder), decoder: place(files.decoder) },
    layer: null,
  };
}

const presentInstalled = ({ id, name, family, architecture, licence }: InstalledCard): Model => ({
  ...NOTHING_MORE,
  id,
  kind: "installed",
  name,
  family,
  architecture: architecture ?? architectureOf(family),
  licence,
});

/** As much as a family alone tells. */
const architectureOf = (family: string): string => (family === "sam" ? "SAM" : "click network");

function present(row: ModelRow): Model {
  const { id, kind, name, family, report, createdAt, createdBy } = row;
  const trial = row.trial === null ? null : modelTrial.parse(JSON.parse(row.trial));
  return {
    id,
    kind,
    name,
    family,
    architecture: trial?.architecture ?? architectureOf(family),
    licence: null,
    report: report === null ? null : learnReport.parse(JSON.parse(report)),
    trial,
    createdAt,
    createdBy,
  };
}

/** @throws Error when the catalog holds something else, which is a fault of the server */
function readLayer(row: ModelRow): LastLayer | null {
  if (row.layer === null) return null;
  const layer: unknown = JSON.parse(row.layer);
  if (!isLastLayer(layer)) throw new Error(`The layer of model ${row.id} cannot be read.`);
  return layer;
}
