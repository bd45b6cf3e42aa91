import { describe, expect, test } from "vitest";
import {
  decodeOperation,
  encodeBase,
  encodeBrush,
  encodeRedo,
  encodeRegion,
  encodeUndo,
  operationHead,
} from "./index.ts";

const REF = { author: 300, counter: 2 };

describe("operations as bytes", () => {
  // The bytes are written out, since documents keep them for ever.
  test("[P1] every kind has its bytes", () => {
    const box = { left: 1, top: 2, right: 4, bottom: 4 };
    expect([...encodeBrush(REF, { mode: "add", radius: 40, points: [8, -4, 208, 6] })]).toEqual([
      0, 172, 2, 2, 1, 40, 2, 16, 7, 144, 3, 20,
    ]);
    expect([...encodeRegion(REF, "replace", box, (i) => i === 2 || i === 3)]).toEqual([
      1, 172, 2, 2, 2, 1, 2, 3, 2, 2, 2, 2,
    ]);
    expect([...encodeUndo(REF, { author: 300, counter: 1 })]).toEqual([2, 172, 2, 2, 172, 2, 1]);
    expect([...encodeRedo(REF, { author: 7, counter: 200 })]).toEqual([3, 172, 2, 2, 7, 200, 1]);
    expect([...encodeBase({ author: 0, counter: 5 }, box, (x, y) => x === 2 && y === 3)]).toEqual([
      4, 0, 5, 1, 2, 3, 2, 2, 4, 1,
    ]);
  });

  test("[P1] an author number of 48 bits survives", () => {
    const ref = { author: 2 ** 48 - 1, counter: 12345 };
    const bytes = encodeBrush(ref, { mode: "remove", radius: 1, points: [0, 0] });
    expect(operationHead(bytes)).toEqual({ kind: "brush", ...ref });
    expect(decodeOperation(bytes)).toMatchObject({ id: "281474976710655:12345", mode: "remove" });
  });

  test("[P2] the head of undo and redo names the target", () => {
    expect(operationHead(encodeUndo(REF, { author: 9, counter: 4 }))).toEqual({
      kind: "undo",
      ...REF,
      target: { author: 9, counter: 4 },
    });
  });

  test("[P3] long segments are split so that the exact test stays exact", () => {
    const bytes = encodeBrush(REF, { mode: "add", radius: 4, points: [0, 0, 9000, 0] });
    const operation = decodeOperation(bytes);
    const points = operation?.kind === "brush" ? [...operation.points] : [];
    expect(points.slice(-2)).toEqual([9000, 0]);
    for (let i = 2; i < points.length; i += 2) {
      expect((points[i] ?? 0) - (points[i - 2] ?? 0)).toBeLessThanOrEqual(2896);
    }
  });

  test("[P4] what is no whole, sane operation is undefined, for every reader alike", () => {
    const brush = encodeBrush(REF, { mode: "add", radius: 40, points: [8, 8, 80, 90, 300, 4] });
    for (let length = 0; length < brush.length; length++) {
      expect(decodeOperation(brush.slice(0, length))).toBeUndefined();
    }
    const box = { left: 0, top: 0, right: 4, bottom: 4 };
    const region = encodeRegion(REF, "add", box, () => true);
    const bad = {
      "unknown kind": [9, 1, 1],
      "brush without points": [0, 1, 1, 1, 40, 0],
      "radius of 513 px": [0, 1, 1, 1, 132, 16, 1, 0, 0],
      "segment of 1,025 px": [0, 1, 1, 1, 4, 2, 0, 0, 136, 64, 0],
      "mode 3 of a region": [1, 1, 1, 3, 0, 0, 1, 1, 0, 1],
      "runs beyond the box": [...region, 1],
      "a box of 2^40 pixels": [1, 1, 1, 1, 0, 0, 128, 128, 64, 128, 128, 64, 0],
      "a number that never ends": [1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
      "a base tile beyond the end": [4, 0, 1, 0, 0, 4, 4, 9, 0, 1],
    };
    for (const bytes of Object.values(bad)) {
      expect(decodeOperation(Uint8Array.from(bytes))).toBeUndefined();
    }
    expect(operationHead(new Uint8Array([2, 1, 1]))).toBeUndefined();
    expect(operationHead(new Uint8Array())).toBeUndefined();
  });
});
