import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ApiError, DEFAULT_MODEL, learnReport, type Model } from "@limn/shared/api";
import { isLastLayer, type LastLayer } from "@limn/shared/learn";
import { z } from "zod";
import type { ModelRow, Store } from "../store/index.ts";

export type Models = Awaited<ReturnType<typeof openModels>>;

/** What a model's folder says about it; the rest of the card is for people. */
const card = z.object({
  id: z.string(),
  name: z.string(),
  family: z.string(),
  licence: z.string(),
  files: z.object({ cpu: z.object({ path: z.string(), sha256: z.string() }) }),
});

/** A network that can be asked. */
export interface UsableModel {
  readonly id: string;
  readonly family: string;
  /** File for the processor. */
  readonly path: string;
  /** A change to its last layer. */
  readonly layer: LastLayer | null;
}

const FOLDER = fileURLToPath(new URL("../../../../models/default/", import.meta.url));

/** The networks there are: the one that comes with the product, and those of each project. */
export async function openModels(store: Store, folder = FOLDER) {
  const { id, name, family, licence, files } = card.parse(
    JSON.parse(await readFile(join(folder, "model.json"), "utf8")),
  );
  const standard: UsableModel = { id, family, path: join(folder, files.cpu.path), layer: null };
  const standardCard: Model = {
    id: DEFAULT_MODEL,
    kind: "default",
    name,
    family,
    licence,
    report: null,
    createdAt: null,
    createdBy: null,
  };

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
    const row = await rowOf(projectId, modelId);
    return { ...standard, id: row.id, family: row.family, layer: readLayer(row) };
  }

  return {
    standard,

    async list(projectId: string): Promise<Model[]> {
      return [standardCard, ...(await store.models.list(projectId)).map(present)];
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

function present(row: ModelRow): Model {
  const { id, kind, name, family, report, createdAt, createdBy } = row;
  return {
    id,
    kind,
    name,
    family,
    licence: null,
    report: report === null ? null : learnReport.parse(JSON.parse(report)),
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
