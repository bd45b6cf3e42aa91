import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** What a model's folder says about it; the rest of the card is for people. */
const card = z.object({
  id: z.string(),
  name: z.string(),
  family: z.string(),
  files: z.object({ cpu: z.object({ path: z.string(), sha256: z.string() }) }),
});

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly family: string;
  /** File for the processor. */
  readonly path: string;
}

const folder = fileURLToPath(new URL("../../../../models/default/", import.meta.url));

/** The model that comes with the product. */
export async function readDefaultModel(): Promise<Model> {
  const { id, name, family, files } = card.parse(
    JSON.parse(await readFile(join(folder, "model.json"), "utf8")),
  );
  return { id, name, family, path: join(folder, files.cpu.path) };
}
