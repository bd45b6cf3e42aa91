import { createBitmask, isBitSet } from "../raster/index.ts";
import { expect, test } from "vitest";
import { deepest, distanceToClear } from "./distance-transform.ts";
import { createRandom } from "./random.ts";

test("[E3] distances are exact: equal to those of a search over all pixels", () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = createRandom(`distance ${seed}`);
    const width = 1 + Math.floor(random() * 24);
    const height = 1 + Math.floor(random() * 24);
    const mask = createBitmask({ left: 3, top: 5, right: 3 + width, bottom: 5 + height });
    const filled = 0.5 + random() / 2;
    mask.data.forEach((_value, i) => {
      mask.data[i] = random() < filled ? 1 : 0;
    });
    const map = distanceToClear(mask);
    for (let y = map.top; y < map.top + map.height; y++)
      for (let x = map.left; x < map.left + map.width; x++) {
        let nearest = Infinity;
        for (let v = 4; v <= 5 + height; v++)
          for (let u = 2; u <= 3 + width; u++)
            if (!isBitSet(mask, u, v)) nearest = Math.min(nearest, (u - x) ** 2 + (v - y) ** 2);
        expect(map.squared[(y - map.top) * map.width + x - map.left], `seed ${seed}`).toBe(
          isBitSet(mask, x, y) ? nearest : 0,
        );
      }
  }
});

test("the deepest pixel of a rectangle that touches the picture's corner is its centre", () => {
  const mask = createBitmask({ left: 0, top: 0, right: 9, bottom: 5 });
  mask.data.fill(1);
  const { squared, x, y } = deepest(distanceToClear(mask)) ?? { squared: 0, x: 0, y: 0 };
  expect({ squared, y }).toEqual({ squared: 9, y: 2 });
  expect(x).toBe(2);
});

test("nothing is deepest where nothing is set", () => {
  const empty = createBitmask({ left: 0, top: 0, right: 4, bottom: 4 });
  expect(deepest(distanceToClear(empty))).toBeUndefined();
});
