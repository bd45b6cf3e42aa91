/** Operations as bytes; the layout is described in operation.ts. */
import {
  baseTileBoxes,
  type BrushMode,
  KINDS,
  type OperationKind,
  type OperationRef,
  REGION_MODES,
  type RegionMode,
} from "./operation.ts";
import type { PixelBox } from "./pixel-box.ts";
import { type ByteWriter, createByteWriter } from "./varint.ts";

/** A segment is split when an axis exceeds this: 1024 px along the diagonal. */
const SPLIT_QUARTERS = 2896;

function writeHead(kind: OperationKind, ref: OperationRef, capacity?: number): ByteWriter {
  const writer = createByteWriter(capacity);
  writer.writeUnsigned(KINDS.indexOf(kind));
  writer.writeUnsigned(ref.author);
  writer.writeUnsigned(ref.counter);
  return writer;
}

export interface BrushStroke {
  readonly mode: BrushMode;
  /** Quarter pixels, at most MAX_RADIUS_QUARTERS. */
  readonly radius: number;
  /** x, y, ... in whole quarter pixels; long segments are split here. */
  readonly points: ArrayLike<number>;
}

export function encodeBrush(ref: OperationRef, stroke: BrushStroke): Uint8Array {
  const points = splitLongSegments(stroke.points);
  const writer = writeHead("brush", ref, 32 + points.length * 2);
  writer.writeUnsigned(stroke.mode === "add" ? 1 : 0);
  writer.writeUnsigned(stroke.radius);
  writer.writeUnsigned(points.length / 2);
  let x = 0;
  let y = 0;
  for (let i = 0; i < points.length; i += 2) {
    const nextX = points[i] ?? 0;
    const nextY = points[i + 1] ?? 0;
    writer.writeSigned(nextX - x);
    writer.writeSigned(nextY - y);
    x = nextX;
    y = nextY;
  }
  return writer.finish();
}

function splitLongSegments(points: ArrayLike<number>): number[] {
  const split = [points[0] ?? 0, points[1] ?? 0];
  for (let i = 2; i < points.length; i += 2) {
    const x0 = split.at(-2) ?? 0;
    const y0 = split.at(-1) ?? 0;
    const dx = (points[i] ?? 0) - x0;
    const dy = (points[i + 1] ?? 0) - y0;
    const parts = Math.max(1, Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) / SPLIT_QUARTERS));
    for (let part = 1; part <= parts; part++) {
      split.push(x0 + Math.trunc((dx * part) / parts), y0 + Math.trunc((dy * part) / parts));
    }
  }
  return split;
}

/** One region as one operation; `isSet(i)` for i in 0..w*h row by row. Its size is not checked here. */
export function encodeRegion(
  ref: OperationRef,
  mode: RegionMode,
  box: PixelBox,
  isSet: (index: number) => boolean,
): Uint8Array {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const writer = writeHead("region", ref);
  writer.writeUnsigned(REGION_MODES.indexOf(mode));
  for (const value of [box.left, box.top, width, height]) writer.writeUnsigned(value);
  let current = false;
  let run = 0;
  const count = width * height;
  for (let i = 0; i < count; i++) {
    if (isSet(i) !== current) {
      writer.writeUnsigned(run);
      run = 0;
      current = !current;
    }
    run++;
  }
  writer.writeUnsigned(run);
  return writer.finish();
}

export function encodeUndo(ref: OperationRef, target: OperationRef): Uint8Array {
  return encodeSwitch("undo", ref, target);
}

export function encodeRedo(ref: OperationRef, target: OperationRef): Uint8Array {
  return encodeSwitch("redo", ref, target);
}

function encodeSwitch(kind: "undo" | "redo", ref: OperationRef, target: OperationRef): Uint8Array {
  const writer = writeHead(kind, ref, 32);
  writer.writeUnsigned(target.author);
  writer.writeUnsigned(target.counter);
  return writer.finish();
}

/** The pixels that are set within the box, as one operation under everything else. Server only. */
export function encodeBase(
  ref: OperationRef,
  box: PixelBox,
  isSet: (x: number, y: number) => boolean,
): Uint8Array {
  const writer = writeHead("base", ref);
  const size = [box.right - box.left, box.bottom - box.top];
  for (const value of [box.left, box.top, ...size]) writer.writeUnsigned(value);
  for (const part of baseTileBoxes(box)) {
    const runs = createByteWriter();
    let current = false;
    let run = 0;
    for (let y = part.top; y < part.bottom; y++) {
      for (let x = part.left; x < part.right; x++) {
        if (isSet(x, y) !== current) {
          runs.writeUnsigned(run);
          run = 0;
          current = !current;
        }
        run++;
      }
    }
    if (current) runs.writeUnsigned(run);
    writer.writeUnsigned(runs.length());
    writer.writeBytes(runs.finish());
  }
  return writer.finish();
}
