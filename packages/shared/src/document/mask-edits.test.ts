import { beforeEach, describe, expect, test } from "vitest";
import {
  bitmaskArea,
  createBitmask,
  decodeOperation,
  OPERATION_BYTES_LIMIT,
  operationHead,
} from "../raster/index.ts";
import { createPerson, exchange, hashMask, type Person, readMask } from "../testing/index.ts";
import {
  annotationBitmask,
  applyCommands,
  brushOperations,
  type Command,
  convertToMask,
  createAuthorNumber,
  DocumentError,
  maskOperations,
  moveMask,
  readAnnotations,
  renderOverlay,
  replaceWithDifference,
  STROKE_CHUNK_POINTS,
  summarizeDocument,
} from "./index.ts";

const SIZE = { width: 64, height: 48 };
let ann: Person;
let bob: Person;

beforeEach(() => {
  ann = createPerson(1, SIZE);
  bob = createPerson(2, SIZE);
  run(ann, [
    { kind: "create", id: "m", shape: "mask", classId: "car", operations: square(ann, 10, 10) },
  ]);
  exchange(ann, bob);
});

function run(person: Person, commands: readonly Command[]): void {
  applyCommands(person.document, commands, "me");
}

const squareMask = (left: number, top: number) =>
  readMask(Array<string>(10).fill("##########"), left, top);

const square = (person: Person, left: number, top: number): Uint8Array[] =>
  maskOperations(person.author, squareMask(left, top));

const dot = (person: Person, x: number, y: number): Command => ({
  kind: "append-operations",
  id: "m",
  operations: brushOperations(person.author, { mode: "add", radius: 2, points: [x, y] }),
});

describe("edits of whole masks", () => {
  test("[E1] the network's answer is a difference: a colleague's stroke of the same moment survives", () => {
    const commands = replaceWithDifference(ann.document, "m", squareMask(14, 10), ann.author);
    run(bob, [dot(bob, 50, 30)]);
    run(ann, commands);
    exchange(ann, bob);
    expect(ann.document.hitTest({ x: 50, y: 30 })).toEqual(["m"]);
    expect(ann.document.hitTest({ x: 11, y: 11 })).toEqual([]);
    expect(ann.document.hitTest({ x: 23, y: 11 })).toEqual(["m"]);
    const [a, b] = [ann.document.mask("m"), bob.document.mask("m")];
    expect(a && hashMask(a)).toBe(b && hashMask(b));
  });

  test("[E1] no difference, no command; the mask is cut at the edge of the image", () => {
    expect(replaceWithDifference(ann.document, "m", squareMask(10, 10), ann.author)).toEqual([]);
    run(ann, replaceWithDifference(ann.document, "m", squareMask(-4, 43), ann.author));
    expect(ann.document.bounds("m")).toEqual({ x: 0, y: 43, width: 6, height: 5 });
    expect(ann.document.area("m")).toBe(30);
  });

  test("[E2] moved by whole pixels, with a colleague's stroke left where it is", () => {
    const commands = moveMask(ann.document, "m", 20.4, -3, ann.author);
    run(bob, [dot(bob, 50, 30)]);
    run(ann, commands);
    exchange(ann, bob);
    expect(bob.document.hitTest({ x: 12, y: 12 })).toEqual([]);
    expect(bob.document.hitTest({ x: 31, y: 8 })).toEqual(["m"]);
    expect(bob.document.hitTest({ x: 50, y: 30 })).toEqual(["m"]);
  });

  test("[E3] a polygon becomes a mask of its pixels; what is a mask stays", () => {
    const rings = [[2.6, 2.6, 7.6, 2.6, 7.6, 7.6, 2.6, 7.6]];
    run(ann, [{ kind: "create", id: "p", shape: "polygon", classId: "car", rings }]);
    const outline = annotationBitmask(ann.document, "p");
    run(ann, convertToMask(ann.document, "p", ann.author));
    expect(ann.document.annotation("p")).toMatchObject({
      shape: "mask",
      rings: [expect.any(Array)],
    });
    expect(ann.document.area("p")).toBe(25);
    expect(bitmaskArea(outline)).toBe(25);
    expect(convertToMask(ann.document, "p", ann.author)).toEqual([]);
  });

  test("[E4] refused in a sentence for other shapes and unknown objects", () => {
    run(ann, [
      {
        kind: "create",
        id: "b",
        shape: "box",
        classId: "c",
        box: { x: 0, y: 0, width: 9, height: 9 },
      },
    ]);
    expect(() => moveMask(ann.document, "b", 1, 1, ann.author)).toThrow(DocumentError);
    expect(() => moveMask(ann.document, "nobody", 1, 1, ann.author)).toThrow(
      "There is no object nobody on this image.",
    );
  });
});

describe("strokes and regions as operations", () => {
  test("[P5] a long stroke is cut every 64 points, each part going on where the last ended", () => {
    const points = Array.from({ length: 400 }, (_value, i) =>
      i % 2 === 0 ? i * 1.5 : (i % 7) * 2,
    );
    const operations = brushOperations(ann.author, { mode: "add", radius: 3, points });
    const parts = operations
      .map(decodeOperation)
      .flatMap((op) => (op?.kind === "brush" ? [op] : []));
    expect(parts.map((part) => part.points.length / 2)).toEqual([64, 64, 64, 11]);
    for (let i = 1; i < parts.length; i++) {
      expect(parts[i]?.points.slice(0, 2)).toEqual(parts[i - 1]?.points.slice(-2));
    }
    expect(STROKE_CHUNK_POINTS).toBe(64);
    expect(new Set(parts.map(({ id }) => id)).size).toBe(4);
  });

  test("[P5] a tap is a dot, and a radius keeps within its limits", () => {
    const radii = [0, 5000].map((radius) => {
      const [bytes] = brushOperations(ann.author, { mode: "add", radius, points: [5, 5] });
      const operation = bytes && decodeOperation(bytes);
      return operation?.kind === "brush" ? operation.radius : undefined;
    });
    expect(radii).toEqual([1, 2048]);
    expect(brushOperations(ann.author, { mode: "add", radius: 1, points: [] })).toEqual([]);
  });

  test("[P6] a region that is too large is cut at tiles, and paints the same", () => {
    const big = createPerson(5, { width: 1500, height: 900 });
    const mask = createBitmask({ left: 100, top: 50, right: 1400, bottom: 850 });
    for (let i = 0; i < mask.data.length; i++) mask.data[i] = (i * 2654435761) & 4096 ? 1 : 0;
    const operations = maskOperations(big.author, mask);
    expect(operations.length).toBeGreaterThan(1);
    for (const bytes of operations) expect(bytes.length).toBeLessThanOrEqual(OPERATION_BYTES_LIMIT);
    expect(new Set(operations.map((bytes) => operationHead(bytes)?.counter)).size).toBe(
      operations.length,
    );
    applyCommands(
      big.document,
      [{ kind: "create", id: "n", shape: "mask", classId: "c", operations }],
      "me",
    );
    expect(big.document.area("n")).toBe(bitmaskArea(mask));
    const again = annotationBitmask(big.document, "n");
    expect(bitmaskArea(again)).toBe(bitmaskArea(mask));
    expect(replaceWithDifference(big.document, "n", mask, big.author)).toEqual([]);
  });

  test("author numbers have 48 bits, and counters never repeat", () => {
    const numbers = [0, 0.5, 1 - 2 ** -30].map((value) => createAuthorNumber(() => value).author);
    expect(numbers).toEqual([0, 2 ** 47 + 2 ** 23, 2 ** 48 - 1]);
    const author = createAuthorNumber(() => 0.25);
    expect([author.nextCounter(), author.nextCounter()]).toEqual([1, 2]);
  });
});

describe("records, summary, overlay", () => {
  beforeEach(() => {
    run(ann, [
      { kind: "create", id: "p", shape: "polygon", classId: "bus", rings: [[2, 2, 8, 2, 8, 6]] },
      {
        kind: "create",
        id: "b",
        shape: "box",
        classId: "bus",
        box: { x: 40, y: 30, width: 10, height: 8 },
      },
      { kind: "create", id: "gone", shape: "mask", classId: "bus" },
      { kind: "delete", id: "gone" },
    ]);
  });

  test("[X1] records follow COCO's conventions", () => {
    expect(readAnnotations(ann.document)).toEqual([
      {
        id: "m",
        classId: "car",
        shape: "mask",
        bbox: [10, 10, 10, 10],
        area: 100,
        rle: { size: [48, 64], counts: expect.any(String) as string },
        order: 1,
        attributes: {},
      },
      {
        id: "p",
        classId: "bus",
        shape: "polygon",
        bbox: [2, 2, 6, 4],
        area: 12,
        rings: [[2, 2, 8, 2, 8, 6]],
        order: 2,
        attributes: {},
      },
      {
        id: "b",
        classId: "bus",
        shape: "box",
        bbox: [40, 30, 10, 8],
        area: 80,
        order: 3,
        attributes: {},
      },
    ]);
    expect(summarizeDocument(ann.document)).toEqual({ objects: 3, perClass: { car: 1, bus: 2 } });
  });

  test("[X2] the overlay has each class's colour where its objects are, and nothing elsewhere", () => {
    const { width, height, rgba } = renderOverlay(ann.document, {
      maxSide: 32,
      colorOf: (classId) => (classId === "car" ? [255, 0, 0] : [0, 0, 255]),
    });
    expect([width, height]).toEqual([32, 24]);
    const at = (x: number, y: number): number[] => {
      const from = ((y >> 1) * 32 + (x >> 1)) * 4;
      return Array.from(rgba.subarray(from, from + 4));
    };
    expect(at(15, 15)).toEqual([255, 0, 0, 153]);
    expect(at(44, 34)).toEqual([0, 0, 255, 38]);
    expect(at(7, 3)[2]).toBe(255);
    expect(at(60, 4)).toEqual([0, 0, 0, 0]);
    expect(renderOverlay(ann.document, { maxSide: 999, colorOf: () => [0, 0, 0] }).width).toBe(64);
  });
});
