import { type Bitmask, createBitmask } from "../raster/index.ts";
import type { Crop } from "./crop.ts";

/**
 * The picture's pixels where the bilinear surface over the logits is above 0, inside the crop and the picture. Between
 * two grid columns the surface is linear along a row, so whole runs are decided by their ends and one division.
 */
export function projectBack(
  logits: Float32Array,
  size: number,
  crop: Crop,
  picture: { width: number; height: number },
): Bitmask {
  const half = crop.side / 2;
  const mask = createBitmask({
    left: Math.max(0, Math.ceil(crop.centerX - half)),
    top: Math.max(0, Math.ceil(crop.centerY - half)),
    right: Math.min(picture.width, Math.trunc(crop.centerX + half)),
    bottom: Math.min(picture.height, Math.trunc(crop.centerY + half)),
  });
  const step = size / crop.side;
  const gridX = (p: number): number => (p + 0.5 - crop.centerX) * step + size / 2 - 0.5;
  const gridY = (p: number): number => (p + 0.5 - crop.centerY) * step + size / 2 - 0.5;
  fillFromGrid(mask, logits, size, { gridX, gridY, step });
  return mask;
}

/** Where picture pixels lie on a grid of samples (sample j is at j): the grid coordinates of the centre of pixel p. */
interface GridMap {
  readonly gridX: (p: number) => number;
  readonly gridY: (p: number) => number;
  /** From one pixel to the next along a row. */
  readonly step: number;
}

/** Sets the pixels of an empty mask where the bilinear surface over size x size logits is above 0. */
export function fillFromGrid(
  mask: Bitmask,
  logits: Float32Array,
  size: number,
  { gridX, gridY, step }: GridMap,
): void {
  const line = new Float32Array(size);
  for (let row = 0; row < mask.height; row++) {
    interpolateRow(logits, size, gridY(mask.top + row), line);
    fillRow(line, mask, row, gridX(mask.left), step);
  }
}

function interpolateRow(logits: Float32Array, size: number, y: number, line: Float32Array): void {
  const clamped = Math.min(size - 1, Math.max(0, y));
  const above = Math.floor(clamped);
  const below = Math.min(size - 1, above + 1);
  const share = clamped - above;
  for (let x = 0; x < size; x++) {
    const a = logits[above * size + x] ?? 0;
    line[x] = a + ((logits[below * size + x] ?? 0) - a) * share;
  }
}

/** Sets the pixels of one row; pixel i of the mask lies at grid coordinate start + i * step. */
function fillRow(
  line: Float32Array,
  mask: Bitmask,
  row: number,
  start: number,
  step: number,
): void {
  const size = line.length;
  const base = row * mask.width;
  /** First pixel at or behind a grid coordinate. */
  const pixelFrom = (grid: number): number => Math.ceil((grid - start) / step);
  const fill = (from: number, to: number): void => {
    const a = Math.max(0, from);
    const b = Math.min(mask.width, to);
    if (a < b) mask.data.fill(1, base + a, base + b);
  };
  // Left of the first and right of the last sample its value holds.
  if ((line[0] ?? 0) > 0) fill(0, pixelFrom(0));
  for (let j = 0; j + 1 < size; j++) {
    const a = line[j] ?? 0;
    const b = line[j + 1] ?? 0;
    if (a <= 0 && b <= 0) continue;
    const from = pixelFrom(j);
    const to = pixelFrom(j + 1);
    if (a > 0 && b > 0) {
      fill(from, to);
      continue;
    }
    const crossing = j + a / (a - b);
    // At the crossing itself the value is 0, which is outside.
    if (a > 0) fill(from, Math.min(to, pixelFrom(crossing)));
    else fill(Math.max(from, Math.floor((crossing - start) / step) + 1), to);
  }
  if ((line[size - 1] ?? 0) > 0) fill(pixelFrom(size - 1), mask.width);
}
