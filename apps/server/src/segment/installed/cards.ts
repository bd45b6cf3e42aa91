import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** Also the name of a folder. */
const modelId = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,59}$/);

const about = {
  id: modelId,
  name: z.string().min(1).max(100),
  licence: z.string().nullable(),
  /** Where it comes from, for people. */
  source: z.string().nullable(),
};

const remoteFile = z.object({
  url: z.url(),
  /** Null where nobody has said so: then what the server says counts, and the hash alone decides. */
  bytes: z.number().int().positive().nullable(),
  sha256,
});
export type RemoteFile = z.infer<typeof remoteFile>;

/** A model that can be fetched: where from, and what exactly. */
const pinnedCard = z.object({
  ...about,
  family: z.literal("sam"),
  note: z.string(),
  files: z.object({ encoder: remoteFile, decoder: remoteFile }),
});
export type PinnedCard = z.infer<typeof pinnedCard>;

const localFile = z.object({
  /** Within the model's folder. */
  path: z.string().regex(/^[a-z0-9-]+\.onnx$/),
  bytes: z.number().int().positive(),
  sha256,
});
const installedFiles = z.union([
  z.strictObject({ network: localFile }),
  z.strictObject({ encoder: localFile, decoder: localFile }),
]);

/** `model.json` beside the files of a model that is installed on this server. */
export const installedCard = z.object({
  ...about,
  family: z.enum(["click-net", "sam"]),
  /** What it is, for people; absent in cards that were written before that was asked. */
  architecture: z.string().optional(),
  files: installedFiles,
  installedAt: z.string(),
});
export type InstalledCard = z.infer<typeof installedCard>;

const FOLDER = fileURLToPath(new URL("../../../../../models/cards/", import.meta.url));

/** What `npm run models -- add ID` knows; a family of models is a file. */
export async function readPinnedCards(folder = FOLDER): Promise<PinnedCard[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).toSorted();
  const lists = await Promise.all(
    names.map(async (name) =>
      z.array(pinnedCard).parse(JSON.parse(await readFile(join(folder, name), "utf8"))),
    ),
  );
  return lists.flat();
}
