import type { NetworkInput, RunNetwork } from "../segment/index.ts";
import type { FeatureSamples } from "./sample-features.ts";

/** What the last layer of a click network sees: `features` [16, size/2, size/2], `features4` [48, size/4, size/4]. */
export interface NetworkOutput {
  readonly logits: Float32Array;
  readonly features: Float32Array;
  readonly features4: Float32Array;
}

export type RunWithFeatures = (input: NetworkInput) => Promise<NetworkOutput>;

/**
 * A correction to the last layer: logits + up(weights . features + up(weights4 . features4) + bias), `up` bilinear.
 * Without `weights4` the coarser features stay out of it.
 */
export interface LastLayer {
  readonly weights: readonly number[];
  readonly weights4: readonly number[] | null;
  readonly bias: number;
}

export const CHANNELS = 16;
export const CHANNELS4 = 48;

/** Is this, from a file, a last layer? */
export function isLastLayer(value: unknown): value is LastLayer {
  if (typeof value !== "object" || value === null) return false;
  const { weights, weights4, bias } = value as Partial<Record<keyof LastLayer, unknown>>;
  const isList = (list: unknown, length: number): boolean =>
    Array.isArray(list) && list.length === length && list.every((each) => Number.isFinite(each));
  return (
    isList(weights, CHANNELS) &&
    (weights4 === null || isList(weights4, CHANNELS4)) &&
    Number.isFinite(bias)
  );
}

/** The network with its last layer corrected. */
export function adaptedRun(run: RunWithFeatures, layer: LastLayer): RunNetwork {
  return async (input) => applyLastLayer(await run(input), layer, input.size);
}

function applyLastLayer(
  { logits, features, features4 }: NetworkOutput,
  { weights, weights4, bias }: LastLayer,
  size: number,
): Float32Array {
  const half = size / 2;
  const change = weigh(features, weights, half * half);
  for (let i = 0; i < change.length; i++) change[i] = (change[i] ?? 0) + bias;
  if (weights4 !== null) {
    const coarse = enlarge(weigh(features4, weights4, (half / 2) ** 2), half / 2);
    for (let i = 0; i < change.length; i++) change[i] = (change[i] ?? 0) + (coarse[i] ?? 0);
  }
  const fine = enlarge(change, half);
  return logits.map((logit, i) => logit + (fine[i] ?? 0));
}

/** The weighted sum of planes of `area` samples each. */
function weigh(planes: Float32Array, weights: readonly number[], area: number): Float32Array {
  const sum = new Float32Array(area);
  weights.forEach((weight, channel) => {
    const from = channel * area;
    for (let i = 0; i < area; i++) sum[i] = (sum[i] ?? 0) + weight * (planes[from + i] ?? 0);
  });
  return sum;
}

/** A square plane at twice its side, bilinear between sample centres, its edge held. */
export function enlarge(plane: Float32Array, side: number): Float32Array {
  const out = new Float32Array(4 * side * side);
  const row = new Float32Array(side);
  for (let y = 0; y < 2 * side; y++) {
    const [above, below] = neighbours(y, side);
    for (let x = 0; x < side; x++)
      row[x] = 0.75 * (plane[above * side + x] ?? 0) + 0.25 * (plane[below * side + x] ?? 0);
    for (let x = 0; x < 2 * side; x++) {
      const [near, far] = neighbours(x, side);
      out[y * 2 * side + x] = 0.75 * (row[near] ?? 0) + 0.25 * (row[far] ?? 0);
    }
  }
  return out;
}

/** The coarse samples around a fine one: the one that holds it, and the next on its side. */
function neighbours(fine: number, side: number): [number, number] {
  const near = fine >> 1;
  const far = fine % 2 === 0 ? near - 1 : near + 1;
  return [near, Math.min(side - 1, Math.max(0, far))];
}

const NEWTON_STEPS = 8;
const SETTLED = 1e-4;
const LEAST_CURVATURE = 1e-4;

/**
 * The last layer that fits the samples best: ridge-regularised logistic regression with the network's own logits as offset, by
 * Newton's method; every prediction weighs the same, features are scaled by their deviation, and `lambda` pulls towards no
 * change. With `coarse` the 48 features at stride 4 are used beside the 16 at stride 2.
 */
export function fitLastLayer(
  samples: readonly FeatureSamples[],
  { lambda, coarse }: { readonly lambda: number; readonly coarse: boolean },
): LastLayer {
  const used = coarse ? CHANNELS + CHANNELS4 : CHANNELS;
  const deviation = deviations(samples, used);
  const unknowns = used + 1;
  const theta = new Float64Array(unknowns);
  const total = samples.filter(({ count }) => count > 0).length;
  const z = new Float64Array(unknowns);
  z[used] = 1;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const gradient = theta.map((value) => lambda * value);
    const hessian = new Float64Array(unknowns * unknowns);
    for (let i = 0; i < unknowns; i++) hessian[i * unknowns + i] = lambda;
    for (const { count, features, targets, offsets } of samples) {
      const weight = 1 / (count * total);
      for (let n = 0; n < count; n++) {
        let logit = (offsets[n] ?? 0) + (theta[used] ?? 0);
        for (let c = 0; c < used; c++) {
          const value = (features[n * (CHANNELS + CHANNELS4) + c] ?? 0) / (deviation[c] ?? 1);
          z[c] = value;
          logit += value * (theta[c] ?? 0);
        }
        const p = 1 / (1 + Math.exp(-logit));
        const slope = weight * (p - (targets[n] ?? 0));
        const curve = weight * Math.max(p * (1 - p), LEAST_CURVATURE);
        for (let i = 0; i < unknowns; i++) {
          const zi = z[i] ?? 0;
          gradient[i] = (gradient[i] ?? 0) + slope * zi;
          const scaled = curve * zi;
          const row = i * unknowns;
          for (let j = 0; j <= i; j++)
            hessian[row + j] = (hessian[row + j] ?? 0) + scaled * (z[j] ?? 0);
        }
      }
    }
    const change = solvePositive(hessian, gradient);
    let largest = 0;
    for (let i = 0; i < unknowns; i++) {
      theta[i] = (theta[i] ?? 0) - (change[i] ?? 0);
      largest = Math.max(largest, Math.abs(change[i] ?? 0));
    }
    if (largest < SETTLED) break;
  }
  const scaled = Array.from({ length: used }, (_, c) => (theta[c] ?? 0) / (deviation[c] ?? 1));
  return {
    weights: scaled.slice(0, CHANNELS),
    weights4: coarse ? scaled.slice(CHANNELS) : null,
    bias: theta[used] ?? 0,
  };
}

function deviations(samples: readonly FeatureSamples[], used: number): Float64Array {
  const sums = new Float64Array(used);
  const squares = new Float64Array(used);
  let all = 0;
  for (const { count, features } of samples) {
    all += count;
    for (let n = 0; n < count; n++)
      for (let c = 0; c < used; c++) {
        const value = features[n * (CHANNELS + CHANNELS4) + c] ?? 0;
        sums[c] = (sums[c] ?? 0) + value;
        squares[c] = (squares[c] ?? 0) + value * value;
      }
  }
  const most = Math.max(1, all);
  return sums.map((sum, c) => {
    const mean = sum / most;
    return Math.sqrt(Math.max(0, (squares[c] ?? 0) / most - mean * mean)) + 1e-3;
  });
}

/** Solves matrix . x = right by Cholesky; the matrix is symmetric and positive, its lower triangle given. Changes both. */
function solvePositive(matrix: Float64Array, right: Float64Array): Float64Array {
  const n = right.length;
  const at = (i: number, j: number): number => matrix[i * n + j] ?? 0;
  for (let j = 0; j < n; j++) {
    let diagonal = at(j, j);
    for (let k = 0; k < j; k++) diagonal -= at(j, k) ** 2;
    const root = Math.sqrt(Math.max(diagonal, 1e-12));
    matrix[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let value = at(i, j);
      for (let k = 0; k < j; k++) value -= at(i, k) * at(j, k);
      matrix[i * n + j] = value / root;
    }
  }
  for (let i = 0; i < n; i++) {
    let value = right[i] ?? 0;
    for (let k = 0; k < i; k++) value -= at(i, k) * (right[k] ?? 0);
    right[i] = value / at(i, i);
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = right[i] ?? 0;
    for (let k = i + 1; k < n; k++) value -= at(k, i) * (right[k] ?? 0);
    right[i] = value / at(i, i);
  }
  return right;
}
