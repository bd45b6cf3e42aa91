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

/** One channel as it lies in memory: sample (x, y) is data[first + y * stride + x * step]; outside `filled` it is 0. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly first: number;
  readonly step: number;
  readonly stride: number;
  readonly filled: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
}

/** Shrinks to width x height by area means; nothing outside `filled` is touched. */
export function shrinkSamples(samples: Samples, width: number, height: number): Plane {
  if (width === samples.width && height === samples.height) return planeOf(samples);
  const { data, first, step, stride, filled } = samples;
  const across = areaTaps(samples.width, width);
  const down = areaTaps(samples.height, height);
  const out = new Float32Array(width * height);
  const line = new Float32Array(samples.width);
  for (let y = 0; y < height; y++) {
    const rows = down.weights[y] ?? new Float32Array();
    const top = down.first[y] ?? 0;
    if (top >= filled.bottom || top + rows.length <= filled.top) continue;
    line.fill(0);
    for (let k = 0; k < rows.length; k++) {
      const row = top + k;
      if (row < filled.top || row >= filled.bottom) continue;
      const weight = rows[k] ?? 0;
      let at = first + row * stride + filled.left * step;
      for (let x = filled.left; x < filled.right; x++, at += step)
        line[x] = (line[x] ?? 0) + weight * (data[at] ?? 0);
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

function planeOf(samples: Samples): Plane {
  const { width, height, data, first, step, stride, filled } = samples;
  const plane = new Float32Array(width * height);
  for (let y = filled.top; y < filled.bottom; y++) {
    let at = first + y * stride + filled.left * step;
    for (let x = filled.left; x < filled.right; x++, at += step)
      plane[y * width + x] = data[at] ?? 0;
  }
  return { width, height, data: plane };
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
  // Outputs from..to have both columns within the plane.
  let from = 0;
  let to = 0;
  for (let u = 0; u < size; u++) {
    const x = mapX.start + u * mapX.step;
    const column = Math.floor(x);
    columns[u] = column;
    shares[u] = x - column;
    if (column < 0) from = u + 1;
    if (column + 1 < width) to = u + 1;
  }
  from = Math.min(from, to);
  const at = (row: number, column: number): number =>
    row < 0 || row >= height || column < 0 || column >= width
      ? border
      : (data[row * width + column] ?? 0);
  for (let v = 0; v < size; v++) {
    const y = mapY.start + v * mapY.step;
    const row = Math.floor(y);
    const down = y - row;
    const line = offset + v * size;
    const atEdge = (u: number): void => {
      const column = columns[u] ?? 0;
      const across = shares[u] ?? 0;
      const a = at(row, column);
      const c = at(row + 1, column);
      const top = a + (at(row, column + 1) - a) * across;
      out[line + u] = top + (c + (at(row + 1, column + 1) - c) * across - top) * down;
    };
    if (row < 0 || row + 1 >= height) {
      for (let u = 0; u < size; u++) atEdge(u);
      continue;
    }
    for (let u = 0; u < from; u++) atEdge(u);
    for (let u = from; u < to; u++) {
      const above = row * width + (columns[u] ?? 0);
      const below = above + width;
      const across = shares[u] ?? 0;
      const a = data[above] ?? 0;
      const c = data[below] ?? 0;
      const top = a + ((data[above + 1] ?? 0) - a) * across;
      out[line + u] = top + (c + ((data[below + 1] ?? 0) - c) * across - top) * down;
    }
    for (let u = to; u < size; u++) atEdge(u);
  }
}

/**
 * Writes size x size bilinear samples of the whole plane, stretched, into `out` from `offset` on; at the edges its outermost
 * samples hold (as OpenCV's `resize` and torch's `interpolate` do).
 */
export function stretchPlane(plane: Plane, size: number, out: Float32Array, offset: number): void {
  const { width, height, data } = plane;
  const tap = (i: number, extent: number): { low: number; high: number; share: number } => {
    const at = Math.min(extent - 1, Math.max(0, ((i + 0.5) * extent) / size - 0.5));
    const low = Math.floor(at);
    return { low, high: Math.min(extent - 1, low + 1), share: at - low };
  };
  const columns = Array.from({ length: size }, (_, u) => tap(u, width));
  for (let v = 0; v < size; v++) {
    const { low, high, share } = tap(v, height);
    const above = low * width;
    const below = high * width;
    for (let u = 0; u < size; u++) {
      const column = columns[u];
      if (!column) continue;
      const a = data[above + column.low] ?? 0;
      const c = data[below + column.low] ?? 0;
      const top = a + ((data[above + column.high] ?? 0) - a) * column.share;
      const bottom = c + ((data[below + column.high] ?? 0) - c) * column.share;
      out[offset + v * size + u] = top + (bottom - top) * share;
    }
  }
}
