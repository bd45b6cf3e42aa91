import { type Bitmask, bitmaskArea, bitmaskBox, intersectPixelBoxes } from "../raster/index.ts";

/** One of the masks that a network offers for a prompt. */
export interface Candidate {
  /** As an answer's mask. */
  readonly mask: Bitmask;
  /** 0..1: what the network expects of it. */
  readonly score: number;
}

/** Masks that overlap more than this look the same to whoever chooses. */
const SAME_FROM = 0.98;

/** The candidates that are worth a look beside those before them, in their order: neither empty nor nearly equal. */
export function distinctCandidates(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates)
    if (
      bitmaskArea(candidate.mask) > 0 &&
      kept.every(({ mask }) => overlapOf(mask, candidate.mask) <= SAME_FROM)
    )
      kept.push(candidate);
  return kept;
}

/** Intersection over union of two masks that are not empty. */
function overlapOf(a: Bitmask, b: Bitmask): number {
  const common = intersectPixelBoxes(bitmaskBox(a), bitmaskBox(b));
  if (!common) return 0;
  let both = 0;
  for (let y = common.top; y < common.bottom; y++) {
    let inA = (y - a.top) * a.width + common.left - a.left;
    let inB = (y - b.top) * b.width + common.left - b.left;
    for (let x = common.left; x < common.right; x++)
      both += (a.data[inA++] ?? 0) & (b.data[inB++] ?? 0);
  }
  return both / (bitmaskArea(a) + bitmaskArea(b) - both);
}
