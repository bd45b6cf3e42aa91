import { cpus } from "node:os";
import type { BoxFigures, ClickFigures, Trace } from "@limn/shared/learn";

/** Milliseconds. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** The figures of one run. IoU and shares 0..1, times in milliseconds per answer. */
export interface Report {
  readonly model: string;
  readonly predictor: string;
  readonly objects: number;
  readonly box: BoxFigures;
  readonly clicks: ClickFigures;
  /** Of an answer; of a network with an encoder, what its decoder and the mask take. */
  readonly ms: Spread;
  /** What the encoder takes for a picture, once; null: there is none. */
  readonly encoderMs: Spread | null;
  /** Share of clicks that lie on their side of the mask, over all answers; null where nothing is clicked. */
  readonly obeyed: number | null;
  /** Mean share of changed pixels far from the click (farther than half the square root of the object's area). */
  readonly farChange: number | null;
  /** Name of the folder. */
  readonly data: string;
  readonly noise: boolean;
  readonly date: string;
  readonly machine: string;
  /** IoU after each prompt, object by object. */
  readonly traces: readonly ObjectTraces[];
}

export interface ObjectTraces {
  readonly picture: string;
  readonly object: number;
  readonly box: readonly number[];
  readonly clicks: readonly number[];
}

export interface Measured {
  readonly picture: string;
  readonly object: number;
  readonly box: Trace;
  readonly clicks: Trace;
}

export function machineName(): string {
  const processors = cpus();
  return `${processors[0]?.model.trim() ?? "unknown processor"}, ${processors.length} threads, Node ${process.versions.node}`;
}

export function roundTo(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Readable JSON: one line an object, not one a number. */
export function toJson(report: Report): string {
  const { traces, ...figures } = report;
  const lines = traces.map((trace) => `  ${JSON.stringify(trace)}`).join(",\n");
  const head = JSON.stringify(figures, null, 1).slice(0, -2);
  return `${head},\n "traces": [\n${lines}\n ]\n}\n`;
}

const written = ({ median, p95 }: Spread): string =>
  `${median.toFixed(0)} ms median, ${p95.toFixed(0)} ms p95`;

export function toMarkdown(report: Report): string {
  const head =
    "| | IoU after box | 1 click | 3 clicks | 5 clicks | NoC@85 | NoC@90 | median | over 20 |";
  const line = (name: string, first: string, figures: ClickFigures): string =>
    `| ${name} | ${first} | ${[figures.iou1, figures.iou3, figures.iou5].map((value) => value.toFixed(3)).join(" | ")} | ${figures.noc85.toFixed(2)} | ${figures.noc90.toFixed(2)} | ${figures.median90} | ${(100 * figures.failures).toFixed(0)} % |`;
  const lines = [
    `${report.data}: ${report.objects} objects, ${report.predictor}${report.model === report.predictor ? "" : ` ${report.model}`}${report.noise ? ", clicks as people make them" : ""}`,
    "",
    head,
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
  ];
  if (report.predictor === "polygon") lines.push(line("corners", "-", report.clicks));
  else
    lines.push(
      line("box first", report.box.iou0.toFixed(3), report.box),
      line("clicks only", "-", report.clicks),
    );
  lines.push("", `${written(report.ms)} an answer (${report.machine}).`);
  if (report.encoderMs)
    lines.push(`The encoder before it, once a picture: ${written(report.encoderMs)}.`);
  if (report.obeyed !== null)
    lines.push(
      `${(100 * report.obeyed).toFixed(2)} % of the clicks on their side of the mask; ${(100 * (report.farChange ?? 0)).toFixed(1)} % of the changed pixels far from the click.`,
    );
  return lines.join("\n");
}
