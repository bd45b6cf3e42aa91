/**
 * Resampling as the network was trained with: area means when shrinking by more than 0.6, bilinear otherwise
 * (OpenCV's INTER_AREA and INTER_LINEAR with a constant border). Planes are Float32Array, row by row.
 */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Taps of one axis: output i is the weighted mean of inputs first[i]...; weights sum to 1. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Float32Array[];
}

function areaTaps(from: number, to: number): Taps {
  const step = from / to;
  const first = new Int32Array(to);
  const weights: Float32Array[] = [];
  for (let i = 0; i < to; i++) {
    const start = i * step;
    const end = Math.min(from, start + step);
    const a = Math.floor(start);
    const b = Math.max(a + 1, Math.ceil(end - 1e-9));
    first[i] = a;
    const tap = new Float32Array(b - a);
    for (let k = a; k < b; k++)
      tap[k - a] = (Math.min(end, k + 1) - Math.max(start, k)) / (end - start);
    weights.push(tap);
  }
  return { first, weights };
}

/** Shrinks a plane to width x height by area means. */
export function shrinkPlane(plane: Plane, width: number, height: number): Plane {
  if (width === plane.width && height === plane.height) return plane;
  const across = areaTaps(plane.width, width);
  const down = areaTaps(plane.height, height);
  const out = new Float32Array(width * height);
  const line = new Float32Array(plane.width);
  for (let y = 0; y < height; y++) {
    const rows = down.weights[y] ?? new Float32Array();
    const top = down.first[y] ?? 0;
    line.fill(0);
    for (let k = 0; k < rows.length; k++) {
      const weight = rows[k] ?? 0;
      const start = (top + k) * plane.width;
      for (let x = 0; x < plane.width; x++)
        line[x] = (line[x] ?? 0) + weight * (plane.data[start + x] ?? 0);
    }
    for (let x = 0; x < width; x++) {
      const columns = across.weights[x] ?? new Float32Array();
      const left = across.first[x] ?? 0;
      let sum = 0;
      for (let k = 0; k < columns.length; k++) sum += (columns[k] ?? 0) * (line[left + k] ?? 0);
      out[y * width + x] = sum;
    }
  }
  return { width, height, data: out };
}

/** Sample position of output i = (i + shift) * step in the input's pixel indices. */
export interface AxisMap {
  readonly step: number;
  readonly start: number;
}

/**
 * Writes size x size bilinear samples of the plane into `out` from `offset` on; outside the plane lies `border`,
 * blended at the edge.
 */
export function warpPlane(
  plane: Plane,
  size: number,
  mapX: AxisMap,
  mapY: AxisMap,
  border: number,
  out: Float32Array,
  offset: number,
): void {
  const { width, height, data } = plane;
  const columns = new Int32Array(size);
  const shares = new Float32Array(size);
  for (let u = 0; u < size; u++) {
    const x = mapX.start + u * mapX.step;
    columns[u] = Math.floor(x);
    shares[u] = x - Math.floor(x);
  }
  const at = (row: number, column: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? border
      : (data[row * width + column] ?? 0);
  for (let v = 0; v < size; v++) {
    const y = mapY.start + v * mapY.step;
    const row = Math.floor(y);
    const down = y - row;
    const inner = row >= 0 && row + 1 < height;
    const rowA = row * width;
    const rowB = rowA + width;
    for (let u = 0; u < size; u++) {
      const column = columns[u] ?? 0;
      const across = shares[u] ?? 0;
      let a: number;
      let b: number;
      let c: number;
      let d: number;
      if (inner && column >= 0 && column + 1 < width) {
        a = data[rowA + column] ?? 0;
        b = data[rowA + column + 1] ?? 0;
        c = data[rowB + column] ?? 0;
        d = data[rowB + column + 1] ?? 0;
      } else {
        a = at(row, column);
        b = at(row, column + 1);
        c = at(row + 1, column);
        d = at(row + 1, column + 1);
      }
      const top = a + (b - a) * across;
      out[offset + v * size + u] = top + (c + (d - c) * across - top) * down;
    }
  }
}
