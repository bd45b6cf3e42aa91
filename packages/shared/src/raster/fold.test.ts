import { describe, expect, test } from "vitest";
import {
  createSeededRandom,
  drawMask,
  foldByBruteForce,
  GOLDEN_HASH,
  GOLDEN_SIZE,
  goldenOperations,
  hashMask,
} from "../testing/index.ts";
import {
  activeOperations,
  createMaskFold,
  decodeOperation,
  encodeBase,
  encodeBrush,
  encodeRedo,
  encodeRegion,
  encodeUndo,
  foldOperations,
  isPixelSet,
  type Operation,
  TILE_SIDE,
} from "./index.ts";

function decodeAll(list: readonly Uint8Array[]): Operation[] {
  return list.map(decodeOperation).filter((operation) => operation !== undefined);
}

const ref = (counter: number, author = 1) => ({ author, counter });

function dab(counter: number, x: number, y: number, mode: "add" | "remove" = "add"): Uint8Array {
  return encodeBrush(ref(counter), { mode, radius: 4, points: [x * 4, y * 4] });
}

const undo = (counter: number): Uint8Array => encodeUndo(ref(counter), ref(1));
const redo = (counter: number): Uint8Array => encodeRedo(ref(counter), ref(1));
const ids = (list: Uint8Array[]): string[] => activeOperations(decodeAll(list)).map(({ id }) => id);

describe("folding operations", () => {
  test("[F1] a stroke covers the pixels whose centre is within its radius", () => {
    const stroke = encodeBrush(ref(1), { mode: "add", radius: 6, points: [10, 10, 42, 18] });
    const mask = foldOperations({ width: 14, height: 8 }, decodeAll([stroke]));
    expect(drawMask(mask, 14, 8)).toEqual([
      "..............",
      ".####.........",
      ".########.....",
      ".###########..",
      "....########..",
      "........####..",
      "..............",
      "..............",
    ]);
  });

  test("[F1] a later operation wins where it covers; a base sets and never clears", () => {
    const box = { left: 0, top: 0, right: 6, bottom: 1 };
    const mask = foldOperations(
      { width: 6, height: 1 },
      decodeAll([
        encodeRegion(ref(1), "add", box, (i) => i < 4),
        encodeRegion(ref(2), "remove", box, (i) => i === 1),
        encodeRegion(ref(3), "replace", { ...box, left: 3 }, (i) => i === 2),
        encodeBase(ref(4, 0), box, (x) => x === 4),
      ]),
    );
    expect(drawMask(mask, 6, 1)).toEqual(["#.#.##"]);
  });

  test("[F2] a repeated id counts once, at its first place", () => {
    const first = dab(1, 5, 5);
    const list = decodeAll([first, dab(2, 5, 5, "remove"), first.slice()]);
    expect(activeOperations(list).map(({ id }) => id)).toEqual(["1:1", "1:2"]);
    expect(hashMask(foldOperations({ width: 9, height: 9 }, list))).toBe(
      hashMask(foldOperations({ width: 9, height: 9 }, [])),
    );
  });

  test("[F3] the last undo or redo in the list decides, wherever its operation stands", () => {
    expect(ids([dab(1, 5, 5), undo(2)])).toEqual([]);
    expect(ids([undo(2), dab(1, 5, 5)])).toEqual([]);
    expect(ids([dab(1, 5, 5), undo(2), redo(3)])).toEqual(["1:1"]);
    expect(ids([redo(3), dab(1, 5, 5), undo(2)])).toEqual([]);
  });

  test("[F5] appended operations report only tiles that they wrote to", () => {
    const fold = createMaskFold({ width: 3 * TILE_SIDE, height: 2 * TILE_SIDE });
    const diagonal = encodeBrush(ref(1), {
      mode: "add",
      radius: 4,
      points: [40, 40, 4 * 700, 4 * 500],
    });
    const list = decodeAll([diagonal]);
    expect(fold.update(list)).toEqual([0, 1, 4, 5]);
    expect(fold.update(list)).toEqual([]);
    const more = [...list, ...decodeAll([dab(2, 600, 20), dab(3, 300, 20, "remove")])];
    expect(fold.update(more)).toEqual([1, 2]);
    expect(fold.area()).toBe(
      [...fold.mask.tiles.values()]
        .flatMap((t) => [...t])
        .reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0),
    );
  });

  test("[F5] bounds and area are exact, also at the edges of the image", () => {
    const fold = createMaskFold({ width: 300, height: 270 });
    fold.update(decodeAll([dab(1, 0, 0), dab(2, 300, 270)]));
    expect(fold.bounds()).toEqual({ left: 0, top: 0, right: 300, bottom: 270 });
    expect(fold.area()).toBe(2);
    fold.update(decodeAll([dab(1, 0, 0), dab(2, 300, 270)]).slice(0, 1));
    expect(fold.bounds()).toEqual({ left: 0, top: 0, right: 1, bottom: 1 });
    fold.update([]);
    expect(fold.bounds()).toBeUndefined();
  });

  test("[F6] the golden list gives the golden bits", () => {
    const mask = foldOperations(GOLDEN_SIZE, decodeAll(goldenOperations()));
    expect(hashMask(mask)).toBe(GOLDEN_HASH);
  });

  test("[F5] tiles kept up to date equal a fresh fold and a fold by brute force", () => {
    const seed = 41;
    console.info(`seed ${seed}`);
    const random = createSeededRandom(seed);
    const size = { width: 290, height: 270 };
    for (let round = 0; round < 6; round++) {
      const fold = createMaskFold(size);
      const bytes: Uint8Array[] = [];
      const decoded = new Map<Uint8Array, Operation | undefined>();
      const list = (): Operation[] =>
        bytes
          .map((each) => {
            if (!decoded.has(each)) decoded.set(each, decodeOperation(each));
            return decoded.get(each);
          })
          .filter((operation) => operation !== undefined);
      // Enough operations on one tile to pass several checkpoints.
      for (let counter = 1; counter <= 200; counter++) {
        const at = random.chance(0.15) ? random.integer(bytes.length + 1) : bytes.length;
        bytes.splice(at, 0, randomOperation(counter));
        if (random.chance(0.4)) fold.update(list());
      }
      fold.update(list());
      const expected = foldByBruteForce(list(), size.width, size.height);
      const fresh = foldOperations(size, list());
      expect(hashMask(fold.mask)).toBe(hashMask(fresh));
      let wrong = 0;
      for (let y = 0; y < size.height; y++) {
        for (let x = 0; x < size.width; x++) {
          if (isPixelSet(fresh, x, y) !== (expected[y * size.width + x] === 1)) wrong++;
        }
      }
      expect(wrong).toBe(0);
      expect(fold.area()).toBe(expected.reduce((sum, value) => sum + value, 0));
    }

    function randomOperation(counter: number): Uint8Array {
      const kind = random.next();
      if (kind < 0.5) {
        const points = Array.from({ length: 2 * (1 + random.integer(3)) }, () =>
          random.integer(1200),
        );
        const mode = random.chance(0.6) ? "add" : "remove";
        return encodeBrush(ref(counter), { mode, radius: 1 + random.integer(120), points });
      }
      if (kind < 0.7) {
        const left = random.integer(200);
        const top = random.integer(200);
        const box = {
          left,
          top,
          right: left + 1 + random.integer(90),
          bottom: top + 1 + random.integer(70),
        };
        const mode = random.pick(["add", "remove", "replace"] as const);
        const bits = Array.from({ length: 90 * 70 }, () => random.chance(0.5));
        return encodeRegion(ref(counter), mode, box, (i) => bits[i] ?? false);
      }
      const target = ref(1 + random.integer(counter));
      return random.chance(0.6)
        ? encodeUndo(ref(counter), target)
        : encodeRedo(ref(counter), target);
    }
  });
});
