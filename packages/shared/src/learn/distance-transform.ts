import { type Bitmask, bitmaskBounds, cropBitmask } from "../raster/index.ts";

/** Squared distances of a rectangle of the image, row by row, in pixels squared; 0 everywhere outside it. */
export interface DistanceMap {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly squared: Float64Array;
}

const NOTHING: DistanceMap = { left: 0, top: 0, width: 0, height: 0, squared: new Float64Array(0) };

/**
 * For every set pixel the squared Euclidean distance of its centre to the centre of the nearest clear pixel; pixels outside
 * the image count as clear. Exact. P. Felzenszwalb, D. Huttenlocher, "Distance Transforms of Sampled Functions", 2012:
 * along the columns first, then along the rows the lower envelope of the parabolas that the columns left.
 */
export function distanceToClear(mask: Bitmask): DistanceMap {
  const bounds = bitmaskBounds(mask);
  if (bounds === undefined) return NOTHING;
  const { left, top, width, height, data } = cropBitmask(mask, bounds);
  const squared = new Float64Array(width * height);
  for (let x = 0; x < width; x++) {
    let steps = 0;
    for (let y = 0; y < height; y++) {
      steps = data[y * width + x] === 1 ? steps + 1 : 0;
      squared[y * width + x] = steps * steps;
    }
    steps = 0;
    for (let y = height - 1; y >= 0; y--) {
      const at = y * width + x;
      steps = data[at] === 1 ? steps + 1 : 0;
      squared[at] = Math.min(squared[at] ?? 0, steps * steps);
    }
  }
  const envelope = createEnvelope(width);
  for (let y = 0; y < height; y++) envelope.lower(squared.subarray(y * width, (y + 1) * width));
  return { left, top, width, height, squared };
}

/** Lower envelopes of rows of `width` samples with a clear sample (height 0) before the first and behind the last. */
function createEnvelope(width: number) {
  const count = width + 2;
  const heights = new Float64Array(count);
  /** Samples whose parabolas make the envelope, and where each begins to be the lowest. */
  const tips = new Int32Array(count);
  const starts = new Float64Array(count + 1);
  return {
    lower(row: Float64Array): void {
      heights.set(row, 1);
      heights[count - 1] = 0;
      let last = 0;
      tips[0] = 0;
      starts[0] = -Infinity;
      starts[1] = Infinity;
      for (let q = 1; q < count; q++) {
        let start = crossing(heights, tips[last] ?? 0, q);
        while (start <= (starts[last] ?? 0)) start = crossing(heights, tips[--last] ?? 0, q);
        tips[++last] = q;
        starts[last] = start;
        starts[last + 1] = Infinity;
      }
      let part = 0;
      for (let x = 1; x <= width; x++) {
        while ((starts[part + 1] ?? Infinity) < x) part++;
        const tip = tips[part] ?? 0;
        row[x - 1] = (x - tip) ** 2 + (heights[tip] ?? 0);
      }
    },
  };
}

/** Where the parabola over sample q goes below the one over sample p < q. */
function crossing(heights: Float64Array, p: number, q: number): number {
  return ((heights[q] ?? 0) + q * q - ((heights[p] ?? 0) + p * p)) / (2 * (q - p));
}

export interface Depth {
  readonly x: number;
  readonly y: number;
  readonly squared: number;
}

/** The first pixel, row by row, that is farthest from the clear ones; undefined when no pixel is set. */
export function deepest(map: DistanceMap): Depth | undefined {
  let at = -1;
  let squared = 0;
  for (let i = 0; i < map.squared.length; i++) {
    const value = map.squared[i] ?? 0;
    if (value > squared) {
      squared = value;
      at = i;
    }
  }
  if (at < 0) return undefined;
  return { x: map.left + (at % map.width), y: map.top + Math.floor(at / map.width), squared };
}
