import { execFileSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ServerProcess } from "./server-process.ts";

/** The files of a SAM of models/testing. */
export const tinySam = (kind: "sam2" | "efficient-sam"): string[] =>
  ["encoder", "decoder"].map((part) => `models/testing/tiny-${kind}-${part}.onnx`);

/** Installs one on a server that runs, as whoever runs it does. */
export function installTinySam(
  server: ServerProcess,
  kind: Parameters<typeof tinySam>[0],
  id: string,
): void {
  execFileSync(
    process.execPath,
    ["apps/server/src/segment/cli/main.ts", "add", ...tinySam(kind), "--id", id],
    { env: { ...process.env, DATA_DIR: server.dataDir } },
  );
}

/** Paths of the embeddings that the server made itself, or those that browsers sent. */
export async function embeddingsOf(
  server: ServerProcess,
  maker: "server" | "browsers",
): Promise<string[]> {
  const [folder, name] =
    maker === "server" ? ["derived", /embeddings.[0-9a-f]{32}$/] : ["embeddings", /[0-9a-f]{32}$/];
  const all = await readdir(join(server.dataDir, "blobs", folder), { recursive: true }).catch(
    () => [],
  );
  return all.filter((path) => name.test(path));
}
