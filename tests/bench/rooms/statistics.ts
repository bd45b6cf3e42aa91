/** Value below which the share `p` of the numbers lies; undefined for none. */
export function percentile(numbers: readonly number[], p: number): number | undefined {
  const sorted = Float64Array.from(numbers).toSorted();
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))];
  return value === undefined ? undefined : round(value);
}

export function median(numbers: readonly (number | undefined)[]): number | undefined {
  return percentile(
    numbers.filter((number) => number !== undefined),
    0.5,
  );
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}

/** Equal text for equal seeds. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
