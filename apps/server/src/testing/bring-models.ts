import { readFileSync } from "node:fs";
import type { Model } from "@limn/shared/api";
import { modelsCommand } from "../segment/cli/models-command.ts";
import type { Actor } from "./test-app.ts";
import { tinyModel } from "./tiny-models.ts";
import { type FilePart, multipartBody } from "./upload.ts";

/** Installs a tiny network, by the names of its files, for all projects of the server. */
export async function installTiny(
  dataDir: string,
  id: string,
  names: readonly string[],
): Promise<void> {
  const print = () => undefined;
  await modelsCommand(["add", ...names.map(tinyModel), "--id", id], { dataDir, pinned: [], print });
}

/** The files of a tiny network, as they are brought to a project. */
export const tinyFiles = (names: readonly string[]): FilePart[] =>
  names.map((name) => ({ name: `${name}.onnx`, bytes: readFileSync(tinyModel(name)) }));

export interface Refusal {
  readonly status: number;
  readonly detail: string;
}

/** Brings a network to a project: what it became, or why it was refused. */
export async function bringModel(
  actor: Actor,
  projectId: string,
  files: readonly FilePart[],
  fields: Readonly<Record<string, string>> = {},
): Promise<Model & Refusal> {
  const response = await actor.inject({
    method: "POST",
    url: `/api/projects/${projectId}/models`,
    ...multipartBody(files, fields),
  });
  return { ...response.json<Model & Refusal>(), status: response.statusCode };
}
