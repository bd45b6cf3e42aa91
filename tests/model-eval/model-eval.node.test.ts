import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import sharp from "sharp";
import { createInstalled } from "../../apps/server/src/segment/installed/installed.ts";
import { TINY_SAMS, tinyModel } from "../../apps/server/src/testing/tiny-models.ts";
import { chooseTargets, findPairs } from "./data-set.ts";
import { findModel } from "./find-model.ts";
import { createLimn } from "./limn.ts";
import { readOptions } from "./options.ts";
import { openPicture } from "./pictures.ts";
import type { Report } from "./report.ts";
import { tableOf } from "./table.ts";

const run = promisify(execFile);
/** A data folder that is not there: nothing is installed. */
const NOWHERE = resolve("no-data");
const refuse = (): never => {
  throw new Error("nothing is to be refused here");
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "model-eval-"));
  for (let i = 0; i < 3; i++) await writePair(folder, `picture-${i}`, 40 + 30 * i);
});
afterAll(() => rm(folder, { recursive: true }));

/** An orange square of 50 pixels on dull blue, a map of it, a small second object and an ignored strip. */
async function writePair(into: string, name: string, left: number): Promise<void> {
  const rgb = Buffer.alloc(3 * 200 * 150);
  const labels = Buffer.alloc(200 * 150);
  for (let i = 0; i < labels.length; i++) {
    const x = i % 200;
    const y = Math.floor(i / 200);
    const isSquare = x >= left && x < left + 50 && y >= 40 && y < 90;
    if (isSquare) labels[i] = 7;
    else if (x < 5 && y < 5) labels[i] = 8;
    else if (y > 140) labels[i] = 255;
    rgb.set(isSquare ? [230, 120 + (y % 20), 20] : [60, 80 + (x % 10), 130], 3 * i);
  }
  const raw = { width: 200, height: 150 };
  await writeFile(
    join(into, `${name}.jpg`),
    await sharp(rgb, { raw: { ...raw, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer(),
  );
  await writeFile(
    join(into, `${name}.png`),
    await sharp(labels, { raw: { ...raw, channels: 1 } })
      .toColourspace("b-w")
      .png()
      .toBuffer(),
  );
}

async function runEval(
  ...args: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  return runEvalIn(NOWHERE, ...args);
}

async function runEvalIn(
  dataDir: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string; code: number }> {
  try {
    const env = { ...process.env, DATA_DIR: dataDir };
    const asked = ["tests/model-eval/main.ts", ...args];
    return { ...(await run(process.execPath, asked, { env })), code: 0 };
  } catch (error) {
    // What execFile rejects with when the program ends with another code than 0.
    return error as { stdout: string; stderr: string; code: number };
  }
}

describe("[E1] what is measured", () => {
  test("small objects and ignored pixels are no objects; the order is always the same", async () => {
    const pairs = await findPairs(folder);
    const all = await chooseTargets(pairs, undefined, refuse);
    expect(all.map(({ name }) => name).toSorted()).toEqual(["picture-0", "picture-1", "picture-2"]);
    for (const { targets } of all) {
      expect(targets.map(({ id }) => id)).toEqual([7]);
      expect(targets[0]?.truth.ignored.data.reduce((sum, value) => sum + value, 0)).toBe(9 * 200);
    }
    const two = await chooseTargets(pairs, 2, refuse);
    expect(two.map(({ name }) => name)).toEqual(all.slice(0, 2).map(({ name }) => name));
  });

  test("PNG pictures lie in images/, their maps in labels/", async () => {
    const base = join(folder, "apart");
    await mkdir(join(base, "images"), { recursive: true });
    await mkdir(join(base, "labels"));
    await sharp(join(folder, "picture-0.jpg")).toFile(join(base, "images", "a.png"));
    await writeFile(join(base, "labels", "a.png"), await readFile(join(folder, "picture-0.png")));
    expect(await findPairs(base)).toMatchObject([{ name: "a" }]);
  });

  test("a map that is none is left out and said", async () => {
    const base = await mkdtemp(join(tmpdir(), "model-eval-bad-"));
    await writePair(base, "good", 60);
    await writePair(base, "bad", 60);
    await writeFile(join(base, "bad.png"), "nonsense");
    const said: string[] = [];
    const chosen = await chooseTargets(await findPairs(base), undefined, (text) => said.push(text));
    expect(chosen.map(({ name }) => name)).toEqual(["good"]);
    expect(said).toEqual([`${join(base, "bad.png")} is left out: it is not a PNG.`]);
    await rm(base, { recursive: true });
  });

  test("a picture that is none, is cut off or does not fit its map is left out and said", async () => {
    const base = await mkdtemp(join(tmpdir(), "model-eval-pictures-"));
    for (const name of ["good", "none", "cut", "small"]) await writePair(base, name, 60);
    const path = (name: string) => join(base, `${name}.jpg`);
    await writeFile(path("none"), "nonsense");
    await writeFile(path("cut"), (await readFile(path("good"))).subarray(0, 1500));
    await writeFile(path("small"), await sharp(path("good")).resize(100).toBuffer());
    const said: string[] = [];
    const chosen = await chooseTargets(await findPairs(base), undefined, (text) => said.push(text));
    expect(chosen.map(({ name }) => name)).toEqual(["good"]);
    expect(said.toSorted()).toEqual([
      `${path("cut")} is left out: it cannot be decoded.`,
      `${path("none")} is left out: it cannot be decoded.`,
      `${path("small")} is left out: it has 100 x 75 pixels, its map 200 x 150; they must be equal.`,
    ]);
    await rm(base, { recursive: true });
  });
});

test("[E8] the command measures the product's network and writes the figures of the contract", async () => {
  const json = join(folder, "figures.json");
  const sheet = join(folder, "sheet.png");
  const asked = ["--data", folder, "--limit", "2", "--json", json, "--sheet", sheet];
  const { stdout, code } = await runEval(...asked);
  expect(code).toBe(0);
  expect(stdout).toContain("| box first |");
  const report = JSON.parse(await readFile(json, "utf8")) as Record<string, unknown>;
  expect(report).toMatchObject({ model: "default", predictor: "limn", objects: 2 });
  const { box, clicks, ms } = report as Record<string, Record<string, number>>;
  expect(Object.keys(box ?? {})).toEqual(
    expect.arrayContaining(["iou0", "iou1", "iou3", "iou5", "noc85", "noc90", "failures"]),
  );
  expect(Object.keys(clicks ?? {})).toEqual(
    expect.arrayContaining(["iou1", "iou3", "iou5", "noc85", "noc90", "failures"]),
  );
  expect(ms?.["median"]).toBeGreaterThan(0);
  // A plain square on a plain ground: a network that works finds it at once.
  expect(box?.["iou1"]).toBeGreaterThan(0.85);
  expect(report["obeyed"]).toBe(1);
  // Both objects in one row; in the middle of its tiles the picture as it is, with the answer's blue, with the truth's orange.
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true });
  const colours = [0, 1, 2].map((part) => {
    const at = 3 * (Math.floor(info.height / 2) * info.width + 6 + 208 * part + 104);
    return [...data.subarray(at, at + 3)];
  });
  const [bare = [], answer = [], whole = []] = colours;
  expect(answer[2]).toBeGreaterThan((bare[2] ?? 0) + 60);
  expect(whole[1]).toBeGreaterThan((bare[1] ?? 0) + 10);
  const table = await runEval("--table", folder);
  expect(table.stdout).toMatch(/\| model-eval-\w+ \| model-eval-\w+ \| 2 \|/);
  expect(table.stdout).toContain("mean NoC@90 over 1 sets");
});

describe("[E11] models that are installed", () => {
  const tiny = (name: string) => ({ path: tinyModel(name), name: `${name}.onnx` });
  let dataDir: string;
  let installed: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "model-eval-data-"));
    installed = join(dataDir, "models");
    const { copy } = createInstalled(installed);
    for (const name of TINY_SAMS)
      await copy([tiny(`tiny-${name}-encoder`), tiny(`tiny-${name}-decoder`)], { id: name }, []);
    await copy([tiny("tiny-click-net")], { id: "tiny-click-net" }, []);
  });
  afterAll(() => rm(dataDir, { recursive: true }));

  test.each(["sam2", "efficient-sam", "tiny-click-net"])("%s is measured", async (id) => {
    const json = join(dataDir, "figures.json");
    const asked = ["--data", folder, "--limit", "1", "--model", id, "--json", json];
    const { stdout, stderr } = await runEvalIn(dataDir, ...asked);
    expect(stderr).toBe("");
    const report = JSON.parse(await readFile(json, "utf8")) as Report;
    expect(report).toMatchObject({ model: id, predictor: "limn", objects: 1, obeyed: 1 });
    // The tiny networks give what lies in the box, which is up to 15 % larger than the object.
    expect(report.box.iou0).toBeGreaterThan(0.6);
    const isSam = id !== "tiny-click-net";
    expect((report.encoderMs?.median ?? 0) > 0).toBe(isSam);
    expect(stdout.includes("The encoder before it, once a picture: ")).toBe(isSam);
  });

  test("an encoder sees each picture once, however many prompts there are", async () => {
    const sam = await createLimn("sam2", dataDir);
    const size = { width: 200, height: 150 };
    for (const name of ["picture-0", "picture-1"]) {
      const session = await sam.open(await openPicture(name, join(folder, `${name}.jpg`), size));
      for (const x of [20, 60, 100])
        await session.predict({ clicks: [{ x, y: 60, inside: true }] });
    }
    expect(sam.encoderTimes).toHaveLength(2);
    await sam.close();
  });

  test("a model's folder will do, wherever it lies", async () => {
    expect(await findModel(join(installed, "efficient-sam"), NOWHERE)).toMatchObject({
      id: "efficient-sam",
      family: { id: "sam" },
    });
    expect(await findModel("models/default", NOWHERE)).toMatchObject({ id: "default" });
  });

  test("a wrong id is told which there are, and what cannot learn says so", async () => {
    await expect(findModel("sam3", dataDir)).rejects.toThrow(
      `There is no model sam3: neither among those of ${dataDir} (default, efficient-sam, sam2, tiny-click-net) nor as a folder with a model.json.`,
    );
    const learn = ["--data", folder, "--learn", "5", "--model"];
    expect((await runEvalIn(dataDir, ...learn, "sam2")).stderr).toBe(
      "sam2 cannot learn: it has an encoder and a decoder, and no last layer to refit.\n",
    );
    expect((await runEvalIn(dataDir, ...learn, "tiny-click-net")).stderr).toContain(
      "tiny-click-net cannot learn: it does not tell what its last layer sees.\n",
    );
    const names = await readdir(join(installed, "tiny-click-net"));
    const network = names.find((name) => name.endsWith(".onnx")) ?? "";
    await writeFile(join(installed, "tiny-click-net", network), "nonsense");
    const broken = await runEvalIn(dataDir, "--data", folder, "--model", "tiny-click-net");
    expect(broken.stderr).toMatch(/^tiny-click-net does not load, or does not answer: [^\n]+\n$/);
    await writeFile(join(installed, "sam2", "model.json"), "{}");
    await expect(findModel(join(installed, "sam2"), dataDir)).rejects.toThrow(
      "model.json is not the card of a model.",
    );
  });
});

test.each([
  ["polygon", 4, 4],
  ["superpixels", 1, 20],
])("[E8] the command measures %s", async (predictor, least, most) => {
  const json = join(folder, `${predictor}.json`);
  const { code } = await runEval("--data", folder, "--predictor", predictor, "--json", json);
  expect(code).toBe(0);
  const { clicks, objects } = JSON.parse(await readFile(json, "utf8")) as {
    clicks: { noc90: number };
    objects: number;
  };
  expect(objects).toBe(3);
  expect(clicks.noc90).toBeGreaterThanOrEqual(least);
  expect(clicks.noc90).toBeLessThanOrEqual(most);
});

describe("[E8] what cannot be done is said in a sentence", () => {
  test.each([
    [[], "Say which pictures: --data DIR."],
    [["--data", "x", "--predictor", "magic"], "There is no predictor magic; choose one of"],
    [["--data", "x", "--limit", "0.5"], "--limit must be a whole number above 0, not 0.5."],
    [["--data", "x", "--json", "nowhere/a.json"], "There is no folder nowhere to write"],
    [["--data", "x", "--json", "tests"], "tests is not a file."],
    [["--data", "x", "--sheet", "nowhere/a.png"], "There is no folder nowhere to write"],
    [
      ["--data", "x", "--sheet", "a.xyz"],
      "--sheet must be the name of a .jpg or a .png, not a.xyz.",
    ],
  ])("%j", (args, sentence) => {
    expect(() => readOptions(args, folder)).toThrow(sentence);
  });

  test("no figures for a table", async () => {
    const wrong = join(folder, "wrong");
    await mkdir(wrong);
    await writeFile(join(wrong, "a.json"), "[]");
    for (const [folders, sentence] of [
      [[], "Say which folders hold what --json wrote: --table FOLDER..."],
      [["nowhere"], "There is no folder nowhere."],
      [[wrong], `${join(wrong, "a.json")} is not what --json wrote.`],
    ] as const)
      await expect(tableOf(folders)).rejects.toThrow(sentence);
    expect(await runEval("--table", "nowhere")).toMatchObject({
      stderr: "There is no folder nowhere.\n",
      code: 1,
    });
  });

  test("no folder, no pairs, no model, no Python", async () => {
    const missing = await runEval("--data", join(folder, "nowhere"));
    expect(missing.stderr).toBe(`There is no folder ${join(folder, "nowhere")}.\n`);
    expect(missing.code).toBe(1);
    const { stderr } = await runEval("--data", "tests/model-eval");
    expect(stderr).toContain("tests/model-eval holds no pairs. Put <name>.jpg beside <name>.png");
    const model = await runEval("--data", folder, "--model", "unheard-of");
    expect(model.stderr).toBe(
      `There is no model unheard-of: neither among those of ${NOWHERE} (default) nor as a folder with a model.json.\n`,
    );
    process.env["PYTHON"] = join(folder, "no-python");
    const grabcut = await runEval("--data", folder, "--predictor", "grabcut");
    delete process.env["PYTHON"];
    expect(grabcut.stderr).toContain("GrabCut needs Python with OpenCV");
    expect(grabcut.code).toBe(1);
  });
});
