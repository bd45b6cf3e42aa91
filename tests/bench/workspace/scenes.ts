import { rleFromBitmask, createBitmask } from "@limn/shared/raster";
import sharp from "sharp";
import type { ApiPerson } from "../../e2e/support/api.ts";
import { createRandom } from "../rooms/statistics.ts";

export const WIDTH = 4000;
export const HEIGHT = 3000;

export interface Scene {
  readonly id: string;
  readonly projectId: string;
}

/** A 12-megapixel photo-like picture: noise over a slope, so that JPEG and decoder have their usual work. */
async function makePicture(shade: number): Promise<Uint8Array<ArrayBuffer>> {
  const noise = await sharp({
    create: {
      width: WIDTH,
      height: HEIGHT,
      channels: 3,
      background: { r: shade, g: 120, b: 90 },
      noise: { type: "gaussian", mean: 120, sigma: 30 },
    },
  })
    .jpeg({ quality: 85 })
    .toBuffer();
  return new Uint8Array(noise);
}

async function upload(
  origin: string,
  ana: ApiPerson,
  projectId: string,
  name: string,
  shade: number,
) {
  const form = new FormData();
  form.append("files", new Blob([await makePicture(shade)]), name);
  const response = await fetch(`${origin}/api/projects/${projectId}/images`, {
    method: "POST",
    headers: { cookie: ana.cookie, origin },
    body: form,
  });
  const { items } = (await response.json()) as { items: { image: { id: string } }[] };
  return { id: items[0]?.image.id ?? "", projectId };
}

/** Star-shaped rings of 8 to 47 points, as a person draws them. */
function makeRing(random: () => number): number[] {
  const count = 8 + Math.floor(random() * 40);
  const radius = 8 + random() * 40;
  const x = 60 + random() * (WIDTH - 120);
  const y = 60 + random() * (HEIGHT - 120);
  return Array.from({ length: count }, (_, i) => {
    const reach = radius * (0.7 + 0.3 * random());
    const angle = (i / count) * 2 * Math.PI;
    return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
  }).flat();
}

function makeDisc(random: () => number) {
  const radius = 30 + Math.floor(random() * 120);
  const left = Math.floor(random() * (WIDTH - 2 * radius));
  const top = Math.floor(random() * (HEIGHT - 2 * radius));
  const mask = createBitmask({ left, top, right: left + 2 * radius, bottom: top + 2 * radius });
  for (let y = 0; y < 2 * radius; y++)
    for (let x = 0; x < 2 * radius; x++)
      if (Math.hypot(x - radius, y - radius) < radius - 6 * Math.sin(x / 5))
        mask.data[y * mask.width + x] = 1;
  const { counts } = rleFromBitmask(mask, { width: WIDTH, height: HEIGHT });
  return { size: [HEIGHT, WIDTH], counts };
}

/** An empty image, one with 10,000 polygons, one with 500 masks; all of 12 megapixels. */
export async function makeScenes(origin: string, ana: ApiPerson, seed: number) {
  const random = createRandom(seed);
  const { id: projectId } = (await ana.send("POST", "/api/projects", { name: "Bench" })) as {
    id: string;
  };
  const { id: classId } = (await ana.send("POST", `/api/projects/${projectId}/classes`, {
    name: "thing",
  })) as {
    id: string;
  };
  const empty = await upload(origin, ana, projectId, "empty.jpg", 10);
  const polygons = await upload(origin, ana, projectId, "polygons.jpg", 60);
  const masks = await upload(origin, ana, projectId, "masks.jpg", 110);
  for (let i = 0; i < 10; i++)
    await ana.send("POST", `/api/images/${polygons.id}/annotations`, {
      annotations: Array.from({ length: 1000 }, () => ({ classId, rings: [makeRing(random)] })),
    });
  for (let i = 0; i < 10; i++)
    await ana.send("POST", `/api/images/${masks.id}/annotations`, {
      annotations: Array.from({ length: 50 }, () => ({ classId, rle: makeDisc(random) })),
    });
  return { empty, polygons, masks };
}
