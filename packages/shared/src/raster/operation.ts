/**
 * Mask operations as bytes. A mask is an append-only list of these; none is ever changed.
 *
 *   [kind][author][counter][...]          all numbers are varints, the id is author:counter and never reused
 *   0 brush   mode(0 remove, 1 add) radius n (dx dy)*n            quarter pixels, signed deltas
 *   1 region  mode(0 remove, 1 add, 2 replace) x y w h runs...    runs alternate clear/set from clear, row by row
 *   2 undo    targetAuthor targetCounter
 *   3 redo    targetAuthor targetCounter
 *   4 base    x y w h (byteLength runs...)*tiles                  sets pixels only; written by the server alone
 *
 * What a kind means never changes, since old operations are folded for ever: new behaviour is a new kind.
 */
import type { PixelBox } from "./pixel-box.ts";
import { type ByteReader, createByteReader } from "./varint.ts";

/** No operation is larger: rooms refuse what is (see encodeRegionOperations for how regions are cut). */
export const OPERATION_BYTES_LIMIT = 256 * 1024;
/** Brush coordinates and radius are stored in quarter pixels. */
export const QUARTERS_PER_PIXEL = 4;
/** These limits keep every product of the exact rasteriser below 2^53. */
export const MAX_RADIUS_QUARTERS = 2048;
const MAX_SEGMENT_QUARTERS = 4096;
const MAX_COORDINATE_QUARTERS = 2 ** 22;
const MAX_BRUSH_POINTS = 100_000;
const MAX_SIDE_PX = 2 ** 20;
const MAX_REGION_PIXELS = 2 ** 30;

/** The place of a kind, and of a mode, is its number in the bytes. */
export const KINDS = ["brush", "region", "undo", "redo", "base"] as const;
export type OperationKind = (typeof KINDS)[number];
export type BrushMode = "remove" | "add";
export type RegionMode = "remove" | "add" | "replace";
export const REGION_MODES = ["remove", "add", "replace"] as const;

/** Names one operation for ever: the writer's author number (48 bits) and a count that it never repeats. */
export interface OperationRef {
  readonly author: number;
  readonly counter: number;
}

/** The part of an operation that admission needs, read without decoding the rest. */
export interface OperationHead extends OperationRef {
  readonly kind: OperationKind;
  /** Present for undo and redo. */
  readonly target?: OperationRef;
}

interface OperationBase {
  /** author:counter */
  readonly id: string;
  readonly author: number;
  readonly counter: number;
  readonly bytes: Uint8Array;
}
export interface BrushOperation extends OperationBase {
  readonly kind: "brush";
  readonly mode: BrushMode;
  /** Quarter pixels. */
  readonly radius: number;
  /** x, y, x, y, ... in quarter pixels. */
  readonly points: Int32Array;
  readonly box: PixelBox;
}
export interface RegionOperation extends OperationBase {
  readonly kind: "region";
  readonly mode: RegionMode;
  readonly box: PixelBox;
  /** Where the runs start in `bytes`. */
  readonly runsAt: number;
}
export interface BaseOperation extends OperationBase {
  readonly kind: "base";
  readonly box: PixelBox;
  readonly runsAt: number;
}
export interface UndoOperation extends OperationBase {
  readonly kind: "undo" | "redo";
  /** Id of the operation that is switched off or on again. */
  readonly target: string;
  readonly targetAuthor: number;
}
/** An operation that covers pixels. */
export type PaintOperation = BrushOperation | RegionOperation | BaseOperation;
export type Operation = PaintOperation | UndoOperation;

export function formatOperationId(ref: OperationRef): string {
  return `${ref.author}:${ref.counter}`;
}

export function parseOperationId(id: string): OperationRef {
  const [author, counter] = id.split(":").map(Number);
  return { author: author ?? 0, counter: counter ?? 0 };
}

export function isPaintOperation(operation: Operation): operation is PaintOperation {
  return operation.kind !== "undo" && operation.kind !== "redo";
}

/** Reads kind, id and target alone. Undefined when even these are not readable. */
export function operationHead(bytes: Uint8Array): OperationHead | undefined {
  try {
    const reader = createByteReader(bytes);
    const kind = KINDS[reader.readUnsigned()];
    if (kind === undefined) return undefined;
    const author = reader.readUnsigned();
    const counter = reader.readUnsigned();
    if (kind !== "undo" && kind !== "redo") return { kind, author, counter };
    return {
      kind,
      author,
      counter,
      target: { author: reader.readUnsigned(), counter: reader.readUnsigned() },
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Undefined for anything that is not a whole, sane operation: every reader ignores such bytes alike. */
export function decodeOperation(bytes: Uint8Array): Operation | undefined {
  try {
    return decodeStrictly(bytes);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function decodeStrictly(bytes: Uint8Array): Operation {
  const reader = createByteReader(bytes);
  const kind = KINDS[reader.readUnsigned()];
  const author = reader.readUnsigned();
  const counter = reader.readUnsigned();
  const base = { id: formatOperationId({ author, counter }), author, counter, bytes };
  switch (kind) {
    case "brush":
      return decodeBrush(reader, base);
    case "region": {
      const mode = REGION_MODES[reader.readUnsigned()];
      if (mode === undefined) throw new RangeError("unknown mode of a region");
      const box = readBox(reader);
      const runsAt = reader.position();
      checkRuns(reader, bytes.length, (box.right - box.left) * (box.bottom - box.top));
      return { ...base, kind, mode, box, runsAt };
    }
    case "undo":
    case "redo": {
      const targetAuthor = reader.readUnsigned();
      const target = formatOperationId({ author: targetAuthor, counter: reader.readUnsigned() });
      return { ...base, kind, target, targetAuthor };
    }
    case "base": {
      const box = readBox(reader);
      const runsAt = reader.position();
      checkTiles(reader, box, bytes.length);
      return { ...base, kind, box, runsAt };
    }
    default:
      throw new RangeError("unknown kind of operation");
  }
}

function decodeBrush(reader: ByteReader, base: OperationBase): BrushOperation {
  const mode = reader.readUnsigned();
  const radius = reader.readUnsigned();
  const count = reader.readUnsigned();
  if (mode > 1 || radius > MAX_RADIUS_QUARTERS || count < 1 || count > MAX_BRUSH_POINTS) {
    throw new RangeError("a brush operation is out of range");
  }
  const points = new Int32Array(2 * count);
  let x = 0;
  let y = 0;
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (let i = 0; i < count; i++) {
    const dx = reader.readSigned();
    const dy = reader.readSigned();
    if (i > 0 && Math.max(Math.abs(dx), Math.abs(dy)) > MAX_SEGMENT_QUARTERS) {
      throw new RangeError("a brush segment is too long");
    }
    x += dx;
    y += dy;
    if (Math.max(Math.abs(x), Math.abs(y)) > MAX_COORDINATE_QUARTERS) {
      throw new RangeError("a brush point is too far away");
    }
    points[2 * i] = x;
    points[2 * i + 1] = y;
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  const box = {
    left: Math.floor((left - radius) / 4),
    top: Math.floor((top - radius) / 4),
    right: Math.ceil((right + radius) / 4) + 1,
    bottom: Math.ceil((bottom + radius) / 4) + 1,
  };
  return { ...base, kind: "brush", mode: mode === 1 ? "add" : "remove", radius, points, box };
}

function readBox(reader: ByteReader): PixelBox {
  const left = reader.readUnsigned();
  const top = reader.readUnsigned();
  const width = reader.readUnsigned();
  const height = reader.readUnsigned();
  if (Math.max(left, top, width, height) > MAX_SIDE_PX || width * height > MAX_REGION_PIXELS) {
    throw new RangeError("a region is too large");
  }
  return { left, top, right: left + width, bottom: top + height };
}

/** The runs up to `end` must be whole numbers that do not exceed the pixels there are. */
function checkRuns(reader: ByteReader, end: number, pixels: number): void {
  let sum = 0;
  while (reader.position() < end) {
    sum += reader.readUnsigned();
    if (sum > pixels) throw new RangeError("runs exceed their box");
  }
  if (reader.position() > end) throw new RangeError("runs exceed their tile");
}

function checkTiles(reader: ByteReader, box: PixelBox, end: number): void {
  for (const part of baseTileBoxes(box)) {
    const length = reader.readUnsigned();
    const stop = reader.position() + length;
    if (stop > end) throw new RangeError("a tile exceeds the operation");
    checkRuns(reader, stop, (part.right - part.left) * (part.bottom - part.top));
  }
}

/** Tile side of base operations; the same as that of masks, and fixed for ever. */
const BASE_TILE_SIDE = 256;

/** The parts of a base's box in the order in which they are written: tiles of the image's grid, row by row. */
export function* baseTileBoxes(box: PixelBox): Generator<PixelBox> {
  const side = BASE_TILE_SIDE;
  if (box.right <= box.left) return;
  for (let top = Math.floor(box.top / side) * side; top < box.bottom; top += side) {
    for (let left = Math.floor(box.left / side) * side; left < box.right; left += side) {
      yield {
        left: Math.max(box.left, left),
        top: Math.max(box.top, top),
        right: Math.min(box.right, left + side),
        bottom: Math.min(box.bottom, top + side),
      };
    }
  }
}
