import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** What the card of the network that comes with the product says to programs; the rest of it is for people. */
const standardCard = z.object({
  id: z.string(),
  name: z.string(),
  family: z.string(),
  licence: z.string(),
  files: z.object({ cpu: z.object({ path: z.string(), sha256: z.string() }) }),
});

export const STANDARD_FOLDER = fileURLToPath(
  new URL("../../../../models/default/", import.meta.url),
);

export async function readStandardCard(folder = STANDARD_FOLDER) {
  return standardCard.parse(JSON.parse(await readFile(join(folder, "model.json"), "utf8")));
}
