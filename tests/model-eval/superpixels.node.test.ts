import { bitmaskArea, isBitSet } from "@limn/shared/raster";
import { expect, test } from "vitest";
import { createRandom } from "@limn/shared/learn";
import { cutSuperpixels } from "./slic.ts";
import { createSuperpixels } from "./superpixels.ts";

const WIDTH = 120;
const HEIGHT = 80;

/** A dark picture with noise and a bright disc of radius 25 in its middle. */
function makePicture(): Uint8Array {
  const random = createRandom("superpixels");
  return Uint8Array.from({ length: 4 * WIDTH * HEIGHT }, (_value, i) => {
    if (i % 4 === 3) return 255;
    return (isInDisc(i >> 2) ? 190 : 60) + Math.floor(random() * 20);
  });
}

function isInDisc(pixel: number): boolean {
  return Math.hypot((pixel % WIDTH) - 60, Math.floor(pixel / WIDTH) - 40) < 25;
}

test("superpixels hang together, cover the picture and follow its edges", () => {
  const { labels, count } = cutSuperpixels(makePicture(), WIDTH, HEIGHT, 60);
  expect(count).toBeGreaterThan(30);
  expect(count).toBeLessThan(90);
  const inside = new Map<number, number[]>();
  labels.forEach((label, pixel) => {
    const shares = inside.get(label) ?? [0, 0];
    const side = isInDisc(pixel) ? 1 : 0;
    shares[side] = (shares[side] ?? 0) + 1;
    inside.set(label, shares);
  });
  expect(inside.size).toBe(count);
  let mixed = 0;
  for (const [a = 0, b = 0] of inside.values()) mixed += Math.min(a, b);
  expect(mixed / labels.length).toBeLessThan(0.01);
});

test("[E7] a click takes and gives back the superpixel under it and nothing else", async () => {
  const session = await createSuperpixels().open({
    name: "disc",
    path: "",
    width: WIDTH,
    height: HEIGHT,
    rgba: makePicture(),
  });
  const click = { x: 60.5, y: 40.5, inside: true };
  const taken = await session.predict({ clicks: [click] });
  expect(isBitSet(taken, 60, 40)).toBe(true);
  expect(bitmaskArea(taken)).toBeLessThan(200);
  const given = await session.predict({
    clicks: [click, { ...click, inside: false }],
    mask: taken,
  });
  expect(bitmaskArea(given)).toBe(0);
});
