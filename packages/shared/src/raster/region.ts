import { type Bitmask, bitmaskBox, cropBitmask, trimBitmask } from "./bitmask.ts";
import { encodeRegion } from "./encode-operation.ts";
import { OPERATION_BYTES_LIMIT, type OperationRef, type RegionMode } from "./operation.ts";
import type { PixelBox } from "./pixel-box.ts";
import { TILE_SIDE } from "./tile-mask.ts";

/**
 * The mask as region operations: one, or, where one would be larger than an operation may be, several, cut first at
 * tile rows and then at tile columns (a single tile always fits). For `add` and `remove` parts without set pixels are
 * left out; `replace` speaks of its whole rectangle. The mask must lie within the image.
 */
export function encodeRegionOperations(
  nextRef: () => OperationRef,
  mode: RegionMode,
  mask: Bitmask,
): Uint8Array[] {
  const part = mode === "replace" ? mask : trimBitmask(mask);
  if (part === undefined || part.width === 0 || part.height === 0) return [];
  // The id is needed to know the size, so it is drawn for each attempt: a counter may skip but never repeat.
  const whole = encodeRegion(nextRef(), mode, bitmaskBox(part), (i) => part.data[i] === 1);
  if (whole.length <= OPERATION_BYTES_LIMIT) return [whole];
  return splitBox(bitmaskBox(part)).flatMap((box) =>
    encodeRegionOperations(nextRef, mode, cropBitmask(part, box)),
  );
}

function splitBox(box: PixelBox): PixelBox[] {
  const rows = splitAtTiles(box.top, box.bottom);
  if (rows.length > 1) return rows.map(([top, bottom]) => ({ ...box, top, bottom }));
  return splitAtTiles(box.left, box.right).map(([left, right]) => ({ ...box, left, right }));
}

function splitAtTiles(from: number, to: number): [number, number][] {
  const parts: [number, number][] = [];
  for (let at = from; at < to;) {
    const next = Math.min(to, (Math.floor(at / TILE_SIDE) + 1) * TILE_SIDE);
    parts.push([at, next]);
    at = next;
  }
  return parts;
}
