import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { mean } from "@limn/shared/learn";
import type { Report } from "./report.ts";

const HEAD = [
  "set",
  "predictor",
  "objects",
  "IoU after box",
  "1",
  "3",
  "5 clicks",
  "NoC@85",
  "NoC@90",
  "over 20",
  "IoU 1",
  "3",
  "5 clicks",
  "NoC@85",
  "NoC@90",
  "over 20",
];

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

function cellsOf(name: string, { data, objects, box, clicks, predictor }: Report): string[] {
  const part = (figures: Report["clicks"]): string[] => [
    ...[figures.iou1, figures.iou3, figures.iou5].map((value) => value.toFixed(3)),
    figures.noc85.toFixed(2),
    figures.noc90.toFixed(2),
    `${(100 * figures.failures).toFixed(0)} %`,
  ];
  // The polygon has no box: its figures stand once.
  const boxed =
    predictor === "polygon" ? HEAD.slice(3, 10).map(() => "") : [box.iou0.toFixed(3), ...part(box)];
  return [data, name, String(objects), ...boxed, ...part(clicks)];
}

async function readReports(folder: string): Promise<{ name: string; report: Report }[]> {
  const all = await readdir(folder).catch((error: unknown) => {
    throw new Error(`There is no folder ${folder}.`, { cause: error });
  });
  const files = all.filter((file) => file.endsWith(".json")).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const report = await readReport(join(folder, file));
      const { predictor } = report;
      return {
        name: predictor === "limn" ? basename(folder) : predictor,
        report,
      };
    }),
  );
}

async function readReport(path: string): Promise<Report> {
  try {
    const report = JSON.parse(await readFile(path, "utf8")) as Partial<Report>;
    if (report.box && report.clicks && report.predictor !== undefined) return report as Report;
  } catch {
    // Said below.
  }
  throw new Error(`${path} is not what --json wrote.`);
}

/**
 * A table for a model's card out of what `--json` wrote: every .json file of the folders is a row; the network is named
 * after its folder. Below it the mean clicks of each name over its sets. Throws an Error with a sentence.
 */
export async function tableOf(folders: readonly string[]): Promise<string> {
  const all = (await Promise.all(folders.map(readReports))).flat();
  if (all.length === 0)
    throw new Error("Say which folders hold what --json wrote: --table FOLDER...");
  const bySet = all.toSorted((a, b) => a.report.data.localeCompare(b.report.data));
  const lines = [
    row(HEAD),
    row(HEAD.map(() => "---")),
    ...bySet.map(({ name, report }) => row(cellsOf(name, report))),
    "",
  ];
  for (const [name, own] of Map.groupBy(all, (each) => each.name)) {
    const box = mean(own.map(({ report }) => report.box.noc90)).toFixed(2);
    const clicks = mean(own.map(({ report }) => report.clicks.noc90)).toFixed(2);
    const sets = `mean NoC@90 over ${own.length} sets`;
    lines.push(
      name === "polygon"
        ? `${name}: ${sets}: ${clicks} corners.`
        : `${name}: ${sets}: ${box} after a box, ${clicks} by clicks.`,
    );
  }
  return lines.join("\n");
}
