import { isNearSegment, type Operation } from "../raster/index.ts";

/**
 * The pixels of a list of operations by the plain words of the rules, one byte a pixel: no spans, no tiles, no cache.
 * Shares with the product only the decoding and the exact distance test.
 */
export function foldByBruteForce(
  operations: readonly Operation[],
  width: number,
  height: number,
): Uint8Array {
  const pixels = new Uint8Array(width * height);
  const lastSwitch = new Map<string, string>();
  for (const operation of operations) {
    if ("target" in operation) lastSwitch.set(operation.target, operation.kind);
  }
  const seen = new Set<string>();
  for (const operation of operations) {
    if ("target" in operation || seen.has(operation.id)) continue;
    seen.add(operation.id);
    if (lastSwitch.get(operation.id) === "undo") continue;
    if (operation.kind === "brush") paintBrush(operation, pixels, width, height);
    else if (operation.kind === "region") paintRegion(operation, pixels, width);
  }
  return pixels;
}

function paintBrush(
  { points, radius, mode }: Extract<Operation, { kind: "brush" }>,
  pixels: Uint8Array,
  width: number,
  height: number,
): void {
  const count = points.length / 2;
  const at = (i: number): number => points[i] ?? 0;
  for (let i = 0; i < Math.max(1, count - 1); i++) {
    const j = Math.min(i + 1, count - 1);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const isIn = isNearSegment(
          4 * x + 2,
          4 * y + 2,
          at(2 * i),
          at(2 * i + 1),
          at(2 * j),
          at(2 * j + 1),
          radius * radius,
        );
        if (isIn) pixels[y * width + x] = mode === "add" ? 1 : 0;
      }
    }
  }
}

function paintRegion(
  { bytes, runsAt, box, mode }: Extract<Operation, { kind: "region" }>,
  pixels: Uint8Array,
  width: number,
): void {
  let at = runsAt;
  let pixel = 0;
  let value = 0;
  while (at < bytes.length) {
    let run = 0;
    let unit = 1;
    for (let byte = 255; byte > 127; unit *= 128) {
      byte = bytes[at++] ?? 0;
      run += (byte & 127) * unit;
    }
    for (const end = pixel + run; pixel < end; pixel++) {
      const boxWidth = box.right - box.left;
      const y = box.top + Math.floor(pixel / boxWidth);
      const index = y * width + box.left + (pixel % boxWidth);
      if (mode === "replace") pixels[index] = value;
      else if (value === 1) pixels[index] = mode === "add" ? 1 : 0;
    }
    value = 1 - value;
  }
}
