import { encodeBrush, encodeRegion, encodeUndo } from "../raster/index.ts";
import { createSeededRandom } from "./seeded-random.ts";

/**
 * A fixed list of 120 operations on an image of 700 x 600 pixels whose fold has been written down: Node and every
 * browser must come to the same bits. Both run it (fold.test.ts here, a browser test in apps/web).
 */
export const GOLDEN_SIZE = { width: 700, height: 600 };
export const GOLDEN_HASH = "b58f73bb";

export function goldenOperations(): Uint8Array[] {
  const random = createSeededRandom(20261125);
  const { width, height } = GOLDEN_SIZE;
  return Array.from({ length: 120 }, (_item, index) => {
    const ref = { author: 1 + random.integer(3), counter: index };
    const kind = random.next();
    if (kind < 0.7) {
      const count = 1 + random.integer(6);
      const points = Array.from(
        { length: 2 * count },
        (_value, i) => random.integer((i % 2 === 0 ? width : height) * 4 + 200) - 100,
      );
      const mode = random.chance(0.65) ? "add" : "remove";
      return encodeBrush(ref, { mode, radius: 1 + random.integer(240), points });
    }
    if (kind < 0.9) {
      const left = random.integer(width - 300);
      const top = random.integer(height - 250);
      const box = {
        left,
        top,
        right: left + 1 + random.integer(300),
        bottom: top + 1 + random.integer(250),
      };
      const mode = random.pick(["add", "remove", "replace"] as const);
      return encodeRegion(ref, mode, box, (i) => (i * 7 + (i >> 5)) % 13 < 6);
    }
    const target = { author: 1 + random.integer(3), counter: random.integer(Math.max(1, index)) };
    return encodeUndo(ref, target);
  });
}
