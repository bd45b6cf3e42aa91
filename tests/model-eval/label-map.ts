import { inflateSync } from "node:zlib";

/** Instance numbers of a picture, row by row; 0 is background. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  readonly labels: Uint16Array;
  /** The number that stands for "count neither as right nor as wrong": 255 in maps of up to 8 bits, 65535 in 16-bit ones. */
  readonly ignored: number;
}

const SIGNATURE = "89504e470d0a1a0a";
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const MOST_PIXELS = 200_000_000;

/**
 * Reads a PNG's numbers as they are stored: palette indices are not turned into colours, 16-bit values not into 8-bit ones
 * (which is what picture libraries do). Throws a RangeError that says what was wrong, without the file's name.
 */
export function readLabelMap(file: Buffer): LabelMap {
  if (file.subarray(0, 8).toString("hex") !== SIGNATURE) throw new RangeError("it is not a PNG");
  const head = file.subarray(16, 29);
  if (head.length < 13) throw new RangeError("the file ends in its header");
  const width = head.readUInt32BE(0);
  const height = head.readUInt32BE(4);
  const [depth = 0, colourType = 0, , , interlaced] = head.subarray(8);
  const channels = CHANNELS[colourType];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw new RangeError(`PNG colour type ${colourType} with ${depth} bits is unknown`);
  if (interlaced !== 0) throw new RangeError("interlaced PNGs are not read; save it without");
  if (width * height > MOST_PIXELS) throw new RangeError(`${width} x ${height} is too large`);
  const stride = Math.ceil((width * channels * depth) / 8);
  const rows = unfilter(inflate(file), height, stride, Math.ceil((channels * depth) / 8));
  const labels = new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = rows.subarray(y * stride, (y + 1) * stride);
    for (let x = 0; x < width; x++) labels[y * width + x] = sample(row, x, channels, depth);
  }
  return { width, height, labels, ignored: depth === 16 ? 65535 : 255 };
}

function inflate(file: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at + 8 <= file.length;) {
    const length = file.readUInt32BE(at);
    if (file.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  try {
    return inflateSync(Buffer.concat(parts));
  } catch {
    throw new RangeError("its compressed data is damaged");
  }
}

/** Takes back the filters of PNG, one per row. `step` is the number of bytes of a pixel, at least 1. */
function unfilter(packed: Buffer, height: number, stride: number, step: number): Uint8Array {
  if (packed.length < height * (stride + 1)) throw new RangeError("it has too few rows");
  const rows = new Uint8Array(height * stride);
  for (let y = 0; y < height; y++) {
    const filter = packed[y * (stride + 1)];
    const from = y * (stride + 1) + 1;
    const to = y * stride;
    for (let i = 0; i < stride; i++) {
      const left = i >= step ? (rows[to + i - step] ?? 0) : 0;
      const up = y > 0 ? (rows[to + i - stride] ?? 0) : 0;
      const corner = y > 0 && i >= step ? (rows[to + i - stride - step] ?? 0) : 0;
      let guess = 0;
      if (filter === 1) guess = left;
      else if (filter === 2) guess = up;
      else if (filter === 3) guess = (left + up) >> 1;
      else if (filter === 4) guess = paeth(left, up, corner);
      rows[to + i] = (packed[from + i] ?? 0) + guess;
    }
  }
  return rows;
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toCorner = Math.abs(estimate - corner);
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}

function sample(row: Uint8Array, x: number, channels: number, depth: number): number {
  if (depth < 8) {
    const bit = x * depth;
    return ((row[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  }
  const bytes = depth / 8;
  const read = (channel: number): number => {
    const at = (x * channels + channel) * bytes;
    return bytes === 1 ? (row[at] ?? 0) : ((row[at] ?? 0) << 8) | (row[at + 1] ?? 0);
  };
  // Grey saved as colour is common; real colours are no instance numbers.
  if (channels >= 3 && (read(0) !== read(1) || read(0) !== read(2)))
    throw new RangeError("it holds colours where instance numbers belong (0, 1, 2, ... in grey)");
  return read(0);
}
