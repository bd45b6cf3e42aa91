import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createBitmask, rleFromBitmask } from "@limn/shared/raster";
import sharp from "sharp";

/** Which object of each instance map is what; those left out are too small or too unclear for an example. */
const classes: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  "paris-crossing": {
    person: [1, 2, 3, 4, 9, 11, 12, 13, 14, 18],
    car: [6, 8],
    bicycle: [5, 7, 15],
    bag: [10],
  },
  "pizza-table": { pizza: [1, 5], person: [2], table: [3], bottle: [4], car: [6], chair: [7] },
  nuclei: { nucleus: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14] },
  reservoir: { water: [1] },
  "road-patches": { pothole: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
};

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const objects = [];
for (const [photo, byClass] of Object.entries(classes)) {
  const { data, info } = await sharp(pathOf(`masks/${photo}.png`))
    .toColourspace("b-w")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  for (const [className, values] of Object.entries(byClass))
    for (const value of values) {
      const mask = createBitmask({ left: 0, top: 0, right: width, bottom: height });
      for (let i = 0; i < width * height; i++) mask.data[i] = data[i * channels] === value ? 1 : 0;
      const rle = rleFromBitmask(mask, { width, height });
      objects.push({
        id: `sample-${photo}-${value}`,
        photo: `${photo}.jpg`,
        class: className,
        rle,
      });
    }
}
await writeFile(pathOf("objects.json"), `${JSON.stringify(objects, null, 1)}\n`);
console.log(`${objects.length} objects`);
