import { type PaintSpan, paintCapsule } from "./capsule.ts";
import {
  type BaseOperation,
  baseTileBoxes,
  type BrushOperation,
  type PaintOperation,
  type RegionOperation,
} from "./operation.ts";
import { intersectPixelBoxes, isEmptyPixelBox, type PixelBox } from "./pixel-box.ts";
import { createByteReader } from "./varint.ts";

/** Calls `span` for all that the operation changes within the clip box, in the order in which it must be painted. */
export function paintOperation(operation: PaintOperation, clip: PixelBox, span: PaintSpan): void {
  const area = intersectPixelBoxes(operation.box, clip);
  if (isEmptyPixelBox(area)) return;
  switch (operation.kind) {
    case "brush":
      return paintBrush(operation, area, span);
    case "region":
      return paintRegion(operation, area, span);
    case "base":
      return paintBase(operation, area, span);
  }
}

function paintBrush(operation: BrushOperation, clip: PixelBox, span: PaintSpan): void {
  const { points, radius } = operation;
  const value = operation.mode === "add" ? 1 : 0;
  const count = points.length / 2;
  const left = 4 * clip.left - radius;
  const right = 4 * clip.right + radius;
  const top = 4 * clip.top - radius;
  const bottom = 4 * clip.bottom + radius;
  for (let i = 0; i < Math.max(1, count - 1); i++) {
    const j = Math.min(i + 1, count - 1);
    const ax = points[2 * i] ?? 0;
    const ay = points[2 * i + 1] ?? 0;
    const bx = points[2 * j] ?? 0;
    const by = points[2 * j + 1] ?? 0;
    if (Math.min(ax, bx) > right || Math.max(ax, bx) < left) continue;
    if (Math.min(ay, by) > bottom || Math.max(ay, by) < top) continue;
    paintCapsule(ax, ay, bx, by, radius, clip, span, value);
  }
}

/** A region's runs cut at row ends, so that any part of it can be painted without reading the rest. */
interface RegionRows {
  /** Index into spans (in pairs) of the first set span of each row; one more entry than rows. */
  readonly starts: Uint32Array;
  /** x0, x1 of set pixels, absolute. */
  readonly spans: Uint32Array;
  /** Pixels that the runs speak of, counted row by row; `replace` leaves the ones behind them alone. */
  readonly covered: number;
}

const regionRows = new WeakMap<RegionOperation, RegionRows>();

function rowsOf(operation: RegionOperation): RegionRows {
  const known = regionRows.get(operation);
  if (known !== undefined) return known;
  const { box, bytes } = operation;
  const width = box.right - box.left;
  const starts = new Uint32Array(box.bottom - box.top + 1);
  const spans: number[] = [];
  const reader = createByteReader(bytes, operation.runsAt);
  let at = 0;
  let row = 0;
  let set = false;
  while (!reader.atEnd()) {
    const end = at + reader.readUnsigned();
    if (!set) at = end;
    while (at < end) {
      const y = Math.floor(at / width);
      while (row < y) starts[++row] = spans.length;
      const stop = Math.min(end, (y + 1) * width);
      spans.push(box.left + at - y * width, box.left + stop - y * width);
      at = stop;
    }
    set = !set;
  }
  while (row + 1 < starts.length) starts[++row] = spans.length;
  const rows = { starts, spans: Uint32Array.from(spans), covered: at };
  regionRows.set(operation, rows);
  return rows;
}

function paintRegion(operation: RegionOperation, clip: PixelBox, span: PaintSpan): void {
  const { box, mode } = operation;
  const rows = rowsOf(operation);
  const width = box.right - box.left;
  const value = mode === "remove" ? 0 : 1;
  for (let y = clip.top; y < clip.bottom; y++) {
    const row = y - box.top;
    if (mode === "replace") {
      const end = Math.min(clip.right, box.left + Math.min(width, rows.covered - row * width));
      if (clip.left < end) span(y, clip.left, end, 0);
    }
    const stop = rows.starts[row + 1] ?? 0;
    for (let i = rows.starts[row] ?? 0; i < stop; i += 2) {
      const x0 = Math.max(clip.left, rows.spans[i] ?? 0);
      const x1 = Math.min(clip.right, rows.spans[i + 1] ?? 0);
      if (x0 < x1) span(y, x0, x1, value);
    }
  }
}

function paintBase(operation: BaseOperation, clip: PixelBox, span: PaintSpan): void {
  const reader = createByteReader(operation.bytes, operation.runsAt);
  for (const part of baseTileBoxes(operation.box)) {
    const length = reader.readUnsigned();
    const end = reader.position() + length;
    const area = intersectPixelBoxes(part, clip);
    if (!isEmptyPixelBox(area))
      paintBaseTile(operation.bytes, reader.position(), end, part, area, span);
    reader.seek(end);
  }
}

function paintBaseTile(
  bytes: Uint8Array,
  start: number,
  end: number,
  part: PixelBox,
  clip: PixelBox,
  span: PaintSpan,
): void {
  const reader = createByteReader(bytes, start);
  const width = part.right - part.left;
  let at = 0;
  let set = false;
  while (reader.position() < end) {
    const stop = at + reader.readUnsigned();
    if (!set) at = stop;
    while (at < stop) {
      const row = Math.floor(at / width);
      const rowStop = Math.min(stop, (row + 1) * width);
      const y = part.top + row;
      if (y >= clip.top && y < clip.bottom) {
        const x0 = Math.max(clip.left, part.left + at - row * width);
        const x1 = Math.min(clip.right, part.left + rowStop - row * width);
        if (x0 < x1) span(y, x0, x1, 1);
      }
      at = rowStop;
    }
    set = !set;
  }
}
