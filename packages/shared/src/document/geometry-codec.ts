/**
 * Geometry as packed bytes: version (1), kind (0 polygon, 1 box), then varints in 1/256 px.
 *   polygon: number of rings, then for each ring its number of points and dx dy of each, signed, from the point before
 *   box:     x y width height, signed
 */
import type { Box, Ring } from "../geometry/index.ts";
import {
  type ByteReader,
  type ByteWriter,
  createByteReader,
  createByteWriter,
} from "../raster/index.ts";

const VERSION = 1;
const UNITS_PER_PX = 256;
/** Image pixels; far beyond any image, so that a shape may hang over the edge. */
export const MAX_COORDINATE_PX = 2 ** 24;

export type Geometry =
  | { readonly kind: "polygon"; readonly rings: readonly Ring[] }
  | { readonly kind: "box"; readonly box: Box };

export function encodeGeometry(geometry: Geometry): Uint8Array {
  const writer = createByteWriter();
  writer.writeUnsigned(VERSION);
  if (geometry.kind === "box") {
    const { x, y, width, height } = geometry.box;
    writer.writeUnsigned(1);
    for (const value of [x, y, width, height]) writer.writeSigned(toUnits(value));
    return writer.finish();
  }
  writer.writeUnsigned(0);
  writer.writeUnsigned(geometry.rings.length);
  const pen = { x: 0, y: 0 };
  for (const ring of geometry.rings) writePoints(writer, ring, pen);
  return writer.finish();
}

/** Undefined for bytes that are not a geometry of this version. */
export function decodeGeometry(bytes: unknown): Geometry | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    const reader = createByteReader(bytes);
    if (reader.readUnsigned() !== VERSION) return undefined;
    const kind = reader.readUnsigned();
    if (kind === 1) return { kind: "box", box: readBox(reader) };
    if (kind !== 0) return undefined;
    const count = reader.readUnsigned();
    const pen = { x: 0, y: 0 };
    const rings: Ring[] = [];
    for (let i = 0; i < count; i++) rings.push(readPoints(reader, bytes.length, pen));
    return { kind: "polygon", rings };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Points alone, as prompts keep them. */
export function encodePoints(points: Ring): Uint8Array {
  const writer = createByteWriter();
  writePoints(writer, points, { x: 0, y: 0 });
  return writer.finish();
}

export function decodePoints(bytes: unknown): Ring | undefined {
  if (!(bytes instanceof Uint8Array)) return undefined;
  try {
    return readPoints(createByteReader(bytes), bytes.length, { x: 0, y: 0 });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function toUnits(px: number): number {
  return Math.round(px * UNITS_PER_PX);
}

interface Pen {
  x: number;
  y: number;
}

function writePoints(writer: ByteWriter, points: Ring, pen: Pen): void {
  writer.writeUnsigned(points.length >> 1);
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = toUnits(points[i] ?? 0);
    const y = toUnits(points[i + 1] ?? 0);
    writer.writeSigned(x - pen.x);
    writer.writeSigned(y - pen.y);
    pen.x = x;
    pen.y = y;
  }
}

function readPoints(reader: ByteReader, byteLength: number, pen: Pen): Ring {
  const count = reader.readUnsigned();
  // Each point takes at least two bytes: a count beyond that is a lie, and must not reserve memory.
  if (count * 2 > byteLength) throw new RangeError("more points than bytes");
  const points: number[] = [];
  for (let i = 0; i < count; i++) {
    pen.x += reader.readSigned();
    pen.y += reader.readSigned();
    points.push(checkedPx(pen.x), checkedPx(pen.y));
  }
  return points;
}

function readBox(reader: ByteReader): Box {
  const [x, y, width, height] = [0, 0, 0, 0].map(() => checkedPx(reader.readSigned()));
  if ((width ?? 0) < 0 || (height ?? 0) < 0) throw new RangeError("a box of negative size");
  return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
}

function checkedPx(units: number): number {
  const px = units / UNITS_PER_PX;
  if (Math.abs(px) > MAX_COORDINATE_PX) throw new RangeError("a coordinate is too far away");
  return px;
}
