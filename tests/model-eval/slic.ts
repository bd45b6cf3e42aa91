/** A picture cut into superpixels: `labels` row by row, numbers 0 <= n < count; every one hangs together. */
export interface Superpixels {
  readonly width: number;
  readonly height: number;
  readonly labels: Int32Array;
  readonly count: number;
}

/** How much nearness counts beside colour; larger is rounder. */
const COMPACTNESS = 12;
const ROUNDS = 8;

interface Centres {
  readonly count: number;
  /** L, a, b, x, y of each. */
  readonly values: Float64Array;
}

/**
 * R. Achanta et al., "SLIC Superpixels Compared to State-of-the-art Superpixel Methods", 2012: k-means in colour (CIE Lab)
 * and place, each centre looking only around itself, then small islands joined to a neighbour. About `wanted` pieces.
 */
export function cutSuperpixels(
  rgba: Uint8Array,
  width: number,
  height: number,
  wanted: number,
): Superpixels {
  const lab = toLab(rgba, width * height);
  const step = Math.max(2, Math.sqrt((width * height) / wanted));
  const centres = placeCentres(lab, width, height, step);
  const labels = new Int32Array(width * height);
  for (let round = 0; round < ROUNDS; round++) {
    assign(lab, width, height, step, centres, labels);
    moveCentres(lab, width, labels, centres);
  }
  return joinIslands(labels, width, height, (step * step) / 4);
}

function toLab(rgba: Uint8Array, pixels: number): Float32Array {
  const linear = Float32Array.from({ length: 256 }, (_value, i) => {
    const c = i / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const bend = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const lab = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const r = linear[rgba[4 * i] ?? 0] ?? 0;
    const g = linear[rgba[4 * i + 1] ?? 0] ?? 0;
    const b = linear[rgba[4 * i + 2] ?? 0] ?? 0;
    const x = bend((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
    const y = bend(0.2126 * r + 0.7152 * g + 0.0722 * b);
    const z = bend((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
    lab[3 * i] = 116 * y - 16;
    lab[3 * i + 1] = 500 * (x - y);
    lab[3 * i + 2] = 200 * (y - z);
  }
  return lab;
}

function placeCentres(lab: Float32Array, width: number, height: number, step: number): Centres {
  const columns = Math.max(1, Math.round(width / step));
  const rows = Math.max(1, Math.round(height / step));
  const values = new Float64Array(5 * columns * rows);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const x = Math.floor(((column + 0.5) * width) / columns);
      const y = Math.floor(((row + 0.5) * height) / rows);
      const at = y * width + x;
      const colour = lab.subarray(3 * at, 3 * at + 3);
      values.set([...colour, x, y], 5 * (row * columns + column));
    }
  return { count: columns * rows, values };
}

function assign(
  lab: Float32Array,
  width: number,
  height: number,
  step: number,
  { count, values }: Centres,
  labels: Int32Array,
): void {
  const nearest = new Float64Array(labels.length).fill(Infinity);
  const weight = (COMPACTNESS / step) ** 2;
  for (let k = 0; k < count; k++) {
    const [l = 0, a = 0, b = 0, cx = 0, cy = 0] = values.subarray(5 * k, 5 * k + 5);
    const x0 = Math.max(0, Math.floor(cx - 1.5 * step));
    const x1 = Math.min(width - 1, Math.ceil(cx + 1.5 * step));
    const y1 = Math.min(height - 1, Math.ceil(cy + 1.5 * step));
    for (let y = Math.max(0, Math.floor(cy - 1.5 * step)); y <= y1; y++)
      for (let x = x0; x <= x1; x++) {
        const i = y * width + x;
        const dl = (lab[3 * i] ?? 0) - l;
        const da = (lab[3 * i + 1] ?? 0) - a;
        const db = (lab[3 * i + 2] ?? 0) - b;
        const distance = dl * dl + da * da + db * db + weight * ((x - cx) ** 2 + (y - cy) ** 2);
        if (distance >= (nearest[i] ?? 0)) continue;
        nearest[i] = distance;
        labels[i] = k;
      }
  }
}

function moveCentres(
  lab: Float32Array,
  width: number,
  labels: Int32Array,
  { count, values }: Centres,
): void {
  const sums = new Float64Array(5 * count);
  const areas = new Float64Array(count);
  labels.forEach((k, i) => {
    areas[k] = (areas[k] ?? 0) + 1;
    for (let c = 0; c < 3; c++) sums[5 * k + c] = (sums[5 * k + c] ?? 0) + (lab[3 * i + c] ?? 0);
    sums[5 * k + 3] = (sums[5 * k + 3] ?? 0) + (i % width);
    sums[5 * k + 4] = (sums[5 * k + 4] ?? 0) + Math.floor(i / width);
  });
  for (let k = 0; k < count; k++) {
    const area = areas[k] ?? 0;
    if (area === 0) continue;
    for (let c = 0; c < 5; c++) values[5 * k + c] = (sums[5 * k + c] ?? 0) / area;
  }
}

/** Numbers the pieces that hang together (by edges); those under `least` pixels join the piece found before them. */
function joinIslands(
  labels: Int32Array,
  width: number,
  height: number,
  least: number,
): Superpixels {
  const joined = new Int32Array(labels.length).fill(-1);
  const found = new Int32Array(labels.length);
  let count = 0;
  for (let start = 0; start < labels.length; start++) {
    if (joined[start] !== -1) continue;
    // The pixel to the left or above belongs to a piece already; the very first one has neither.
    const neighbour = start % width > 0 ? joined[start - 1] : joined[start - width];
    let size = 0;
    joined[start] = count;
    found[size++] = start;
    for (let next = 0; next < size; next++) {
      const at = found[next] ?? 0;
      const x = at % width;
      const visit = (to: number): void => {
        if (joined[to] !== -1 || labels[to] !== labels[start]) return;
        joined[to] = count;
        found[size++] = to;
      };
      if (x > 0) visit(at - 1);
      if (x + 1 < width) visit(at + 1);
      if (at >= width) visit(at - width);
      if (at + width < labels.length) visit(at + width);
    }
    if (size < least && neighbour !== undefined)
      for (let i = 0; i < size; i++) joined[found[i] ?? 0] = neighbour;
    else count++;
  }
  return { width, height, labels: joined, count };
}
