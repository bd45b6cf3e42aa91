import { MOST_CLICKS } from "./measure-object.ts";
import type { Mode, Trace } from "./trace.ts";

/** Means over objects; `failures` is the share of objects that 20 clicks did not bring to 90 %. */
export interface ClickFigures {
  readonly iou1: number;
  readonly iou3: number;
  readonly iou5: number;
  /** Clicks to 85 % and 90 %; a failure counts 20. */
  readonly noc85: number;
  readonly noc90: number;
  readonly failures: number;
  /** Clicks to 90 % of the median object; beyond the contract, because a few hard objects make up a mean. */
  readonly median90: number;
}

export interface BoxFigures extends ClickFigures {
  /** After the box alone. */
  readonly iou0: number;
}

/** Clicks that a trace took to a quality, not counting the box; undefined when it never got there. */
export function clicksTo(trace: Trace, quality: number, mode: Mode): number | undefined {
  const at = trace.overlaps.findIndex((value) => value >= quality);
  if (at < 0) return undefined;
  return mode === "box" ? at : at + 1;
}

/** IoU after some clicks: the last one when fewer were needed, 0 before the first. */
function overlapAfter(trace: Trace, clicks: number, mode: Mode): number {
  const at = mode === "box" ? clicks : clicks - 1;
  return trace.overlaps[Math.min(at, trace.overlaps.length - 1)] ?? 0;
}

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value that a share of all values does not exceed; 0 without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function boxFigures(traces: readonly Trace[]): BoxFigures {
  return {
    iou0: mean(traces.map((trace) => overlapAfter(trace, 0, "box"))),
    ...summarise(traces, "box"),
  };
}

export function clickFigures(traces: readonly Trace[]): ClickFigures {
  return summarise(traces, "clicks");
}

function summarise(traces: readonly Trace[], mode: Mode): ClickFigures {
  const after = (clicks: number): number =>
    mean(traces.map((trace) => overlapAfter(trace, clicks, mode)));
  const to = (quality: number): number =>
    mean(traces.map((trace) => clicksTo(trace, quality, mode) ?? MOST_CLICKS));
  const failed = traces.map((trace) =>
    (clicksTo(trace, 0.9, mode) ?? Infinity) > MOST_CLICKS ? 1 : 0,
  );
  return {
    iou1: after(1),
    iou3: after(3),
    iou5: after(5),
    noc85: to(0.85),
    noc90: to(0.9),
    failures: mean(failed),
    median90: quantile(
      traces.map((trace) => clicksTo(trace, 0.9, mode) ?? MOST_CLICKS),
      0.5,
    ),
  };
}
