import { expect, test } from "vitest";
import { fromHalves, toHalf } from "./half.ts";

test("every half becomes the number that it stands for, and comes back", () => {
  const all = new Uint16Array(65_536).map((_, i) => i);
  const values = fromHalves(all);
  const numbers = [...all].filter((bits) => !Number.isNaN(values[bits]));
  // All but the infinite ones' many neighbours that are no numbers.
  expect(numbers.length).toBe(65_536 - 2 * 1023);
  expect(numbers.filter((bits) => toHalf(values[bits] ?? NaN) !== bits)).toEqual([]);
  expect(values[0x3c00]).toBe(1);
  expect(values[0x7bff]).toBe(65_504);
  expect(values[0x0001]).toBe(2 ** -24);
  expect(values[0xc000]).toBe(-2);
  expect(values[0x7c00]).toBe(Infinity);
});

test("numbers go to the nearest half, ties to the even one", () => {
  const seen: [number, number][] = [
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [65_519.99, 0x7bff],
    [65_520, 0x7c00],
    [1e9, 0x7c00],
    [2 ** -25, 0],
    [1.5 * 2 ** -24, 0x0002],
    [-(2 ** -14) * 0.99999, 0x8400],
    [0, 0],
  ];
  for (const [value, bits] of seen) expect(toHalf(value), String(value)).toBe(bits);
  expect(fromHalves(new Uint16Array([toHalf(NaN)]))[0]).toBeNaN();
});
