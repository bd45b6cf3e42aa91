import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { api } from "@limn/shared/api";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { buildTestApp, createOwner } from "../../testing/test-app.ts";
import { tinyModel } from "../../testing/tiny-models.ts";
import { type PinnedCard, readPinnedCards } from "../installed/cards.ts";
import { modelsCommand } from "./models-command.ts";

const encoder = readFileSync(tinyModel("tiny-sam2-encoder"));
const decoder = readFileSync(tinyModel("tiny-sam2-decoder"));
const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

let server: Server;
let address: string;
beforeAll(async () => {
  server = createServer((request, response) => {
    const { url } = request;
    if (url === "/encoder.onnx") response.end(encoder);
    else if (url === "/decoder.onnx") response.end(decoder);
    else if (url === "/cut.onnx") {
      response.writeHead(200, { "content-length": decoder.length });
      response.write(decoder.subarray(0, 5000), () => response.destroy());
    } else if (url === "/silent.onnx") {
      response.writeHead(200, { "content-length": decoder.length });
      response.write(decoder.subarray(0, 5000));
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

let dataDir: string;
let printed: string[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "limn-models-"));
  printed = [];
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

const card = (file = "/decoder.onnx", change: Partial<PinnedCard["files"]["decoder"]> = {}) =>
  ({
    id: "tiny",
    name: "Tiny SAM",
    family: "sam",
    licence: "Apache-2.0",
    source: null,
    note: "For tests.",
    files: {
      encoder: { url: `${address}/encoder.onnx`, bytes: encoder.length, sha256: hashOf(encoder) },
      decoder: {
        url: `${address}${file}`,
        bytes: decoder.length,
        sha256: hashOf(decoder),
        ...change,
      },
    },
  }) satisfies PinnedCard;

const run = (args: string[], pinned: PinnedCard[] = [card()]) =>
  modelsCommand(args, {
    dataDir,
    pinned,
    print: (line) => printed.push(line),
    silenceMs: 300,
  });
const folders = () => readdir(join(dataDir, "models")).catch((): string[] => []);

test("[MO7] the cards that come with Limn can be read, and name files by address and content", async () => {
  const cards = await readPinnedCards();
  expect(cards.map(({ id }) => id)).toEqual([
    "efficient-sam-ti",
    "sam2.1-tiny",
    "sam2.1-small",
    "sam2.1-base-plus",
  ]);
  const hashes = cards.flatMap(({ files }) => [files.encoder.sha256, files.decoder.sha256]);
  expect(new Set(hashes).size).toBe(8);
});

test("[MO7] a model is fetched, checked, tried and listed", async () => {
  const seen: string[] = [];
  await modelsCommand(["add", "tiny"], {
    dataDir,
    pinned: [card()],
    print: (line) => printed.push(line),
    show: (line) => seen.push(line),
  });
  expect(seen.at(-1)).toBe("Tiny SAM, decoder: 11 KB of 11 KB");
  expect(printed[0]).toContain('Tiny SAM is installed as "tiny"');
  expect(await folders()).toEqual(["tiny"]);
  expect((await readdir(join(dataDir, "models", "tiny"))).toSorted()).toEqual([
    `decoder-${hashOf(decoder).slice(0, 12)}.onnx`,
    `encoder-${hashOf(encoder).slice(0, 12)}.onnx`,
    "model.json",
  ]);
  printed = [];
  await run(["list"]);
  expect(printed.map((line) => line.split(/ {2,}/))).toEqual([
    ["id", "family", "licence", "size", "installed"],
    ["default", "click-net", "Apache-2.0", "comes with Limn"],
    ["tiny", "sam", "Apache-2.0", "16 KB", "yes"],
  ]);
});

test("[MO7] where the size is not known beforehand the hash decides", async () => {
  await run(["add", "tiny"], [card("/decoder.onnx", { bytes: null })]);
  expect(await folders()).toEqual(["tiny"]);
});

test.each([
  [
    "is not the file that its card names",
    card.bind(null, "/decoder.onnx", { sha256: "0".repeat(64) }),
  ],
  ["was cut off after [0-9]+ KB of 11 KB", card.bind(null, "/cut.onnx")],
  ["was cut off", card.bind(null, "/cut.onnx", { bytes: null })],
  ["was cut off", card.bind(null, "/silent.onnx")],
  ["was cut off", card.bind(null, "/decoder.onnx", { bytes: decoder.length + 1 })],
  ["is larger than the", card.bind(null, "/decoder.onnx", { bytes: 100 })],
  ["answers 404", card.bind(null, "/gone.onnx")],
])("[MO7] a download that %s is refused, and nothing is kept", async (words, make) => {
  await expect(run(["add", "tiny"], [make()])).rejects.toThrow(new RegExp(words));
  expect(await folders()).toEqual([]);
});

test("[MO7] without a network it says what can be done", async () => {
  const unreachable = card();
  unreachable.files.encoder.url = "http://127.0.0.1:9/encoder.onnx";
  await expect(run(["add", "tiny"], [unreachable])).rejects.toThrow(
    /127\.0\.0\.1:9 cannot be reached \(.+\): check the connection, or fetch the files elsewhere/,
  );
  expect(await folders()).toEqual([]);
});

test("[MO7] local files are taken over, in any order, known by their content", async () => {
  const paths = [tinyModel("tiny-sam2-decoder"), tinyModel("tiny-sam2-encoder")];
  await run(["add", ...paths]);
  expect(printed[0]).toContain('Tiny SAM (sam) is installed as "tiny"');
  await run(["add", tinyModel("tiny-click-net"), "--name", "Our cells", "--licence", "MIT"]);
  expect(printed[1]).toContain('Our cells (click-net) is installed as "tiny-click-net"');
  expect((await folders()).toSorted()).toEqual(["tiny", "tiny-click-net"]);
  const efficient = ["encoder", "decoder"].map((part) => tinyModel(`tiny-efficient-sam-${part}`));
  await run(["add", ...efficient, "--id", "mine"]);
  expect((await folders()).toSorted()).toEqual(["mine", "tiny", "tiny-click-net"]);
});

test("[MO7] a model that is there is not replaced, whatever projects use it", async () => {
  const known = async () =>
    JSON.parse(await readFile(join(dataDir, "models/tiny/model.json"), "utf8")) as object;
  await run(["add", tinyModel("tiny-click-net"), "--id", "tiny", "--name", "Our cells"]);
  const before = await known();
  const sam = [tinyModel("tiny-efficient-sam-encoder"), tinyModel("tiny-efficient-sam-decoder")];
  const words = 'There is a network "tiny" already: remove it first, or give another --id.';
  await expect(run(["add", ...sam, "--id", "tiny"])).rejects.toThrow(words);
  await expect(run(["add", "tiny"])).rejects.toThrow(words);
  expect(await known()).toEqual(before);
  expect(await folders()).toEqual(["tiny"]);
  await run(["add", ...sam]);
  expect(await folders()).toEqual(["tiny", "tiny-efficient-sam"]);
});

test("[MO7] what is no model, or none that can be asked, is refused in a sentence, and nothing is kept", async () => {
  const text = join(dataDir, "text.onnx");
  await writeFile(text, "hello world");
  const cut = join(dataDir, "cut.onnx");
  await writeFile(cut, decoder.subarray(0, 4000));
  const refusals: [string[], string][] = [
    [[text], "text.onnx is no ONNX model, or only a part of one"],
    [[cut], "cut.onnx is no ONNX model, or only a part of one"],
    [
      [tinyModel("tiny-classifier")],
      "The network takes data float32 [1, 3, 224, 224], but wanted is",
    ],
    [[tinyModel("tiny-sam2-encoder")], "one half of a SAM: give the decoder with it"],
    [
      [tinyModel("tiny-sam2-encoder"), tinyModel("tiny-efficient-sam-decoder")],
      "not the encoder and the decoder of one",
    ],
    [[tinyModel("tiny-click-net-nan")], "answers with values that are no numbers"],
    [[tinyModel("tiny-click-net-elsewhere")], "keeps its weights in other files"],
    [[tinyModel("tiny-click-net"), "--id", "../up"], "cannot be the id of a model"],
    [[tinyModel("tiny-click-net"), "--id", "default"], 'The id "default" is reserved'],
    [[join(dataDir, "none.onnx")], "There is no file"],
    [["sam9"], 'There is no model "sam9" to fetch: there are tiny; or give a file'],
  ];
  for (const [args, words] of refusals) await expect(run(["add", ...args])).rejects.toThrow(words);
  await expect(run(["add"])).rejects.toThrow("usage:");
  await expect(run(["list", "--frob"])).rejects.toThrow("usage:");
  expect(await folders()).toEqual([]);
});

test("[MO7] a removed model leaves its projects with the default one, and says which", async () => {
  await expect(run(["remove", "tiny"])).rejects.toThrow(
    'There is no installed model "tiny": none is installed.',
  );
  await expect(run(["remove", "default"])).rejects.toThrow("cannot be removed");
  const app = await buildTestApp();
  const own = dataDir;
  dataDir = app.dataDir;
  try {
    await run(["add", "tiny"]);
    const owner = await createOwner(app.app);
    const { id: projectId } = await owner.call(api.createProject, { body: { name: "Cells" } });
    await owner.call(api.createProject, { body: { name: "Cars" } });
    const params = { projectId };
    await owner.call(api.chooseModel, { params, body: { model: "tiny" } });
    printed = [];
    await run(["remove", "tiny"]);
    expect(printed).toEqual([
      '"tiny" is removed.',
      "Back at the network that comes with Limn: Cells.",
    ]);
    expect((await owner.call(api.listModels, { params })).chosen).toBe("default");
    await expect(run(["remove", "tiny"])).rejects.toThrow("There is no installed model");
    expect(await folders()).toEqual([]);
  } finally {
    dataDir = own;
    await app.close();
  }
});

test("[MO7] a folder that was broken by hand is no model, and can be put right", async () => {
  await run(["add", "tiny"]);
  await cp(join(dataDir, "models", "tiny"), join(dataDir, "models", "copied"), { recursive: true });
  await writeFile(join(dataDir, "models", "tiny", "model.json"), "{}");
  await run(["list"]);
  expect(printed.at(-1)).toContain("no");
  await run(["add", "tiny"]);
  printed = [];
  await run(["list"]);
  expect(printed.at(-1)).toContain("yes");
});
