/** What COCO's `segmentation` and `bbox` of one annotation mean, in whichever of their spellings. */
import { dropRepeatedPoints, type Ring, signedRingArea } from "../geometry/index.ts";
import {
  type CocoRle,
  compressRuns,
  countFilledPixels,
  fillRings,
  type ImageSize,
  RasterError,
  readRuns,
  ringsPixelBox,
  rleFromBitmask,
  runsArea,
} from "../raster/index.ts";
import type { ObjectGeometry } from "./format.ts";

export interface GeometryReading {
  /** Null: nothing of it can be used, and the remarks say why. */
  readonly geometry: ObjectGeometry | null;
  /** Ends of sentences about the object. */
  readonly remarks: readonly string[];
}

/** Farther away than any image: what documents store. */
const FARTHEST_PX = 2 ** 24;
/** Larger outlines do not fit into a document as vertices (256 KiB), so they are kept as the pixels that they cover. */
const MOST_POINTS = 30_000;

const LEFT_OUT = "so that the object was left out.";

export function readCocoGeometry(
  segmentation: unknown,
  bbox: unknown,
  size: ImageSize,
): GeometryReading {
  if (isEmptySegmentation(segmentation)) return readBox(bbox);
  if (Array.isArray(segmentation)) return readRings(segmentation, size);
  if (typeof segmentation === "object" && segmentation !== null)
    return readMask({ ...segmentation }, size);
  return nothing(`its segmentation is neither a list of rings nor run lengths, ${LEFT_OUT}`);
}

function isEmptySegmentation(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

function nothing(...remarks: string[]): GeometryReading {
  return { geometry: null, remarks };
}

function readBox(value: unknown): GeometryReading {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0))
    return nothing(`it has neither a segmentation nor a box, ${LEFT_OUT}`);
  const numbers = Array.isArray(value) ? value.map(toNumber) : [];
  const [x = Number.NaN, y = Number.NaN, width = Number.NaN, height = Number.NaN] = numbers;
  if (numbers.length !== 4 || !numbers.every(isCoordinate))
    return nothing(`its box is not four numbers x, y, width, height, ${LEFT_OUT}`);
  if (width <= 0 || height <= 0) return nothing(`its box has no width or no height, ${LEFT_OUT}`);
  return { geometry: { kind: "box", box: { x, y, width, height } }, remarks: [] };
}

function readMask(rle: Record<string, unknown>, size: ImageSize): GeometryReading {
  const { size: given, counts } = rle;
  if (!Array.isArray(given) || given.length !== 2)
    return nothing(`its run lengths have no size [height, width], ${LEFT_OUT}`);
  const [height, width] = given.map(toNumber);
  if (height !== size.height || width !== size.width)
    return nothing(
      `the size of its mask, ${String(width)} x ${String(height)}, is not that of the picture, ${size.width} x ${size.height}, ${LEFT_OUT}`,
    );
  const readable = typeof counts === "string" ? unquoteBytes(counts) : numbersOf(counts);
  if (readable === null)
    return nothing(`its run lengths are neither a text nor a list of numbers, ${LEFT_OUT}`);
  try {
    const runs = readRuns({ size: [height, width], counts: readable });
    if (runsArea(runs) === 0) return nothing(`its mask is empty, ${LEFT_OUT}`);
    // Written anew, so that equal masks have equal text, whoever wrote them.
    const clean: CocoRle = { size: [height, width], counts: compressRuns(joinRuns(runs)) };
    return { geometry: { kind: "mask", rle: clean }, remarks: [] };
  } catch (error) {
    if (!(error instanceof RasterError)) throw error;
    return nothing(`its run lengths cannot be read (${error.message}), ${LEFT_OUT}`);
  }
}

/** Python's bytes turned to text carelessly: b'e61jn0', with backslashes doubled. */
function unquoteBytes(counts: string): string {
  const inner = /^b'(.*)'$/s.exec(counts)?.[1];
  return inner === undefined ? counts : inner.replaceAll("\\\\", "\\");
}

/** Runs of no pixels between others, which some writers leave, joined with their neighbours. */
function joinRuns(runs: readonly number[]): number[] {
  const joined: number[] = [];
  for (const [i, run] of runs.entries()) {
    if (run === 0 && i > 0) continue;
    const isSet = i % 2 === 1;
    if (joined.length > 0 && (joined.length % 2 === 0) === isSet)
      joined[joined.length - 1] = (joined.at(-1) ?? 0) + run;
    else joined.push(run);
  }
  return joined;
}

function readRings(list: readonly unknown[], size: ImageSize): GeometryReading {
  // One ring without the list around it: invalid, and common.
  const isFlat = list.every((entry) => typeof entry !== "object");
  const remarks: string[] = [];
  if (isFlat)
    remarks.push("its segmentation is one ring without the list around it; it was read as that.");
  const rings: Ring[] = [];
  for (const entry of isFlat ? [list] : list) {
    const numbers = flattenPoints(entry);
    if (numbers === null || !numbers.every(isCoordinate))
      return nothing(
        `its outline has values that are not numbers (NaN, Infinity, text), ${LEFT_OUT}`,
      );
    // Without points that repeat the one before, nor a last one that repeats the first.
    const ring = dropRepeatedPoints(numbers);
    if (ring.length < 6) remarks.push("a part of fewer than three points was left out.");
    else if (hasNoArea(ring, size)) remarks.push("a part without any area was left out.");
    else rings.push(ring);
  }
  if (rings.length === 0) return nothing(`nothing of its outline has an area, ${LEFT_OUT}`);
  return { geometry: shapeOf(rings, size, remarks), remarks };
}

function shapeOf(rings: readonly Ring[], size: ImageSize, remarks: string[]): ObjectGeometry {
  const points = rings.reduce((sum, ring) => sum + ring.length / 2, 0);
  if (points <= MOST_POINTS) return { kind: "polygon", rings };
  const mask = fillRings(rings, "union", ringsPixelBox(rings, size));
  remarks.push(`its outline has more than ${MOST_POINTS} points, so that it was kept as a mask.`);
  return { kind: "mask", rle: rleFromBitmask(mask, size) };
}

/** [x, y, x, y, ...] or [[x, y], [x, y], ...]; null when it is neither. */
function flattenPoints(ring: unknown): number[] | null {
  if (!Array.isArray(ring)) return null;
  const flat = ring.flat().map(toNumber);
  return flat.length % 2 === 0 ? flat : flat.slice(0, -1);
}

/** The shoelace sum alone would take a ring that crosses itself for nothing. */
function hasNoArea(ring: Ring, size: ImageSize): boolean {
  if (Math.abs(signedRingArea(ring)) > 1e-9) return false;
  return countFilledPixels([ring], "union", ringsPixelBox([ring], size)) === 0;
}

function numbersOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null;
  const numbers = value.map(toNumber);
  return numbers.every((number) => Number.isFinite(number)) ? numbers : null;
}

/** Numbers in quotes are numbers; NaN for everything else. */
function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.trim() !== "") return Number(value);
  return Number.NaN;
}

function isCoordinate(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= FARTHEST_PX;
}
