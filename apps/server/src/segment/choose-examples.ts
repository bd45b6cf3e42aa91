import { createRandom, shuffle } from "@limn/shared/learn";

/** Smaller objects say little about where an edge lies. */
const LEAST_AREA = 400;
const LEAST_SIDE = 12;

export interface Candidate {
  readonly imageId: string;
  readonly objectId: string;
  readonly area: number;
  readonly width: number;
  readonly height: number;
}

/** Is this object large enough to learn from? */
export function isInstructive({ area, width, height }: Candidate): boolean {
  return area >= LEAST_AREA && Math.min(width, height) >= LEAST_SIDE;
}

/**
 * At most `most` objects, the same ones for the same project: one of each image, then a second one of each, and so on,
 * because objects of one image have much in common.
 */
export function chooseExamples(candidates: readonly Candidate[], most: number): Candidate[] {
  const byImage = new Map<string, Candidate[]>();
  for (const candidate of candidates.filter(isInstructive)) {
    const list = byImage.get(candidate.imageId) ?? [];
    byImage.set(candidate.imageId, [...list, candidate]);
  }
  const images = shuffle([...byImage.keys()].toSorted(), createRandom("images"));
  const piles = images.map((imageId) =>
    shuffle(byImage.get(imageId) ?? [], createRandom(`objects of ${imageId}`)),
  );
  const chosen: Candidate[] = [];
  for (let round = 0; chosen.length < most; round++) {
    const left = piles.flatMap((pile) => pile.slice(round, round + 1));
    if (left.length === 0) break;
    chosen.push(...left.slice(0, most - chosen.length));
  }
  return chosen;
}
