import { type Bitmask, cropBitmask } from "@limn/shared/raster";
import type { Predictor } from "./predictor.ts";
import { cutSuperpixels } from "./slic.ts";

/** About this many to a picture. */
const PIECES = 400;

/**
 * Superpixels: a box takes those that lie mostly in it, a click inside takes the one under it, a click outside gives it back.
 * Nothing else changes.
 */
export function createSuperpixels(): Predictor {
  return {
    model: "superpixels",
    open({ rgba, width, height }) {
      const { labels, count } = cutSuperpixels(rgba, width, height, PIECES);
      const areas = new Int32Array(count);
      for (const label of labels) areas[label] = (areas[label] ?? 0) + 1;
      const picture = { left: 0, top: 0, right: width, bottom: height };
      return Promise.resolve({
        predict({ box, clicks, mask }) {
          const flat: Bitmask = mask ? cropBitmask(mask, picture) : emptyMask(width, height);
          const within = new Int32Array(count);
          for (let i = 0; i < labels.length; i++) {
            const x = i % width;
            const y = Math.floor(i / width);
            const label = labels[i] ?? 0;
            if (box && x >= box.left && x < box.right && y >= box.top && y < box.bottom)
              within[label] = (within[label] ?? 0) + 1;
          }
          const last = clicks.at(-1);
          const clicked = last && labels[Math.floor(last.y) * width + Math.floor(last.x)];
          for (let i = 0; i < labels.length; i++) {
            const label = labels[i] ?? 0;
            if (last) {
              if (label === clicked) flat.data[i] = last.inside ? 1 : 0;
            } else if ((within[label] ?? 0) > 0.5 * (areas[label] ?? 0)) flat.data[i] = 1;
          }
          return Promise.resolve(flat);
        },
      });
    },
    close: () => Promise.resolve(),
  };
}

function emptyMask(width: number, height: number): Bitmask {
  return { left: 0, top: 0, width, height, data: new Uint8Array(width * height) };
}
