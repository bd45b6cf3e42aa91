import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Family, familyOf } from "@limn/shared/segment";
import { installedCard } from "../../apps/server/src/segment/installed/cards.ts";
import {
  createInstalled,
  MODELS_FOLDER,
} from "../../apps/server/src/segment/installed/installed.ts";
import { readStandardCard, STANDARD_FOLDER } from "../../apps/server/src/segment/standard-card.ts";

/** A model's files, and how it is asked. */
export interface FoundModel {
  readonly id: string;
  readonly family: Family;
  /** Paths. */
  readonly files:
    | { readonly network: string }
    | { readonly encoder: string; readonly decoder: string };
}

/**
 * The model with this id as the server finds it, the one that comes with Limn or one in `dataDir`/models, or else the one in a
 * folder that holds a model.json of either kind.
 * @throws Error with a sentence that names the models there are
 */
export async function findModel(model: string, dataDir: string): Promise<FoundModel> {
  const standard = await readStandardCard();
  if (model === standard.id) return readFolder(STANDARD_FOLDER);
  const installed = createInstalled(join(dataDir, MODELS_FOLDER));
  const found = await installed.find(model);
  if (found) return readFolder(found.folder);
  if (await stat(join(model, "model.json")).catch(() => null)) return readFolder(model);
  const ids = [standard.id, ...(await installed.list()).map(({ card }) => card.id)];
  throw new Error(
    `There is no model ${model}: neither among those of ${dataDir} (${ids.join(", ")}) nor as a folder with a model.json.`,
  );
}

async function readFolder(folder: string): Promise<FoundModel> {
  const { id, family: familyId, files } = await readCard(folder);
  const family = familyOf(familyId);
  if (!family) throw new Error(`Models of the kind ${familyId} are not known to this version.`);
  const within = (file: { readonly path: string }): string => join(folder, file.path);
  return {
    id,
    family,
    files:
      "network" in files
        ? { network: within(files.network) }
        : { encoder: within(files.encoder), decoder: within(files.decoder) },
  };
}

async function readCard(folder: string) {
  const path = join(folder, "model.json");
  try {
    const card = installedCard.safeParse(JSON.parse(await readFile(path, "utf8")));
    if (card.success) return card.data;
    const { id, family, files } = await readStandardCard(folder);
    return { id, family, files: { network: files.cpu } };
  } catch (error) {
    throw new Error(`${path} is not the card of a model.`, { cause: error });
  }
}
