import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { DEFAULT_MODEL } from "@limn/shared/api";
import { createStore, openSqliteCatalog } from "../../store/index.ts";
import type { InstalledCard, PinnedCard } from "../installed/cards.ts";
import { createInstalled, MODELS_FOLDER } from "../installed/installed.ts";
import { formatBytes } from "../installed/format-bytes.ts";
import { ModelRefusal } from "../model-refusal.ts";
import { readStandardCard } from "../standard-card.ts";

export const USAGE = `usage: npm run models -- list
       npm run models -- add ID
       npm run models -- add FILE.onnx [SECOND.onnx] [--id ID] [--name NAME] [--licence SPDX]
       npm run models -- remove ID`;

export interface Surroundings {
  readonly dataDir: string;
  readonly pinned: readonly PinnedCard[];
  readonly print: (line: string) => void;
  /** A line that the next one replaces, where that can be seen. */
  readonly show?: (line: string) => void;
  readonly silenceMs?: number;
}

/** `npm run models`. @throws ModelRefusal with a sentence, when what was asked cannot be done */
export async function modelsCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<void> {
  const { dataDir } = surroundings;
  const installed = createInstalled(join(dataDir, MODELS_FOLDER));
  const { positionals, values } = readArguments(args);
  const [command, ...rest] = positionals;
  if (command === "list" && rest.length === 0) return list(installed, surroundings);
  if (command === "add" && rest.length > 0) return add(installed, rest, values, surroundings);
  if (command === "remove" && rest[0] !== undefined && rest.length === 1)
    return remove(installed, rest[0], surroundings);
  throw new ModelRefusal(USAGE);
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        id: { type: "string" },
        name: { type: "string" },
        licence: { type: "string" },
      },
    });
  } catch {
    throw new ModelRefusal(USAGE);
  }
}

type Installed = ReturnType<typeof createInstalled>;

async function list(installed: Installed, { pinned, print }: Surroundings): Promise<void> {
  const there = await installed.list();
  const standard = await readStandardCard();
  const rows = [["id", "family", "licence", "size", "installed"]];
  rows.push([DEFAULT_MODEL, standard.family, standard.licence, "", "comes with Limn"]);
  const row = (
    card: Pick<InstalledCard, "id" | "family" | "licence">,
    size: string,
    state: string,
  ) => rows.push([card.id, card.family, card.licence ?? "not said", size, state]);
  for (const { card } of there) row(card, formatBytes(bytesOf(card)), "yes");
  for (const card of pinned)
    if (!there.some(({ card: { id } }) => id === card.id)) row(card, sizeOf(card), "no");
  const widths = (rows[0] ?? []).map((_, i) =>
    Math.max(...rows.map((each) => each[i]?.length ?? 0)),
  );
  for (const each of rows)
    print(
      each
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

const bytesOf = ({ files }: InstalledCard): number =>
  Object.values(files).reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);

function sizeOf({ files: { encoder, decoder } }: PinnedCard): string {
  return encoder.bytes === null || decoder.bytes === null
    ? "told when it is fetched"
    : formatBytes(encoder.bytes + decoder.bytes);
}

async function add(
  installed: Installed,
  given: readonly string[],
  about: { id?: string | undefined; name?: string | undefined; licence?: string | undefined },
  { pinned, print, show, silenceMs }: Surroundings,
): Promise<void> {
  const [first = ""] = given;
  const isFile = /\.onnx$/i.test(first) || existsSync(first);
  if (!isFile) {
    const card = pinned.find(({ id }) => id === first);
    if (!card)
      throw new ModelRefusal(
        `There is no model "${first}" to fetch: there are ${pinned.map(({ id }) => id).join(", ")}; or give a file that ends in .onnx.`,
      );
    if (given.length > 1) throw new ModelRefusal(USAGE);
    const added = await installed.fetch(card, {
      onProgress: (role, done, all) =>
        show?.(
          `${card.name}, ${role}: ${formatBytes(done)}${all === null ? "" : ` of ${formatBytes(all)}`}`,
        ),
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
    print(
      `${added.name} is installed as "${added.id}" (${formatBytes(bytesOf(added))}). ${card.note}`,
    );
    print("Choose it on the Model page of a project.");
    return;
  }
  for (const path of given)
    if (!existsSync(path)) throw new ModelRefusal(`There is no file ${path}.`);
  const files = given.map((path) => ({ path, name: basename(path) }));
  const added = await installed.copy(files, about, pinned);
  print(
    `${added.name} (${added.family}) is installed as "${added.id}" (${formatBytes(bytesOf(added))}). Choose it on the Model page of a project.`,
  );
}

async function remove(
  installed: Installed,
  id: string,
  { dataDir, print }: Surroundings,
): Promise<void> {
  if (id === DEFAULT_MODEL)
    throw new ModelRefusal("The network that comes with Limn cannot be removed.");
  const found = (await installed.list()).map(({ card }) => card.id);
  if (!found.includes(id))
    throw new ModelRefusal(
      `There is no installed model "${id}": ${found.length === 0 ? "none is installed" : `installed are ${found.join(", ")}`}.`,
    );
  const users = await leaveModel(dataDir, id);
  await installed.remove(id);
  print(`"${id}" is removed.`);
  if (users.length > 0) print(`Back at the network that comes with Limn: ${users.join(", ")}.`);
}

/** Lets the projects that use a model go back to the default one; gives their names. */
async function leaveModel(dataDir: string, id: string): Promise<string[]> {
  const catalog = join(dataDir, "catalog.sqlite");
  if (!existsSync(catalog)) return [];
  const store = createStore(await openSqliteCatalog(catalog));
  try {
    return (await store.models.leave(id)).map(({ name }) => name);
  } finally {
    await store.close();
  }
}
