import type { PixelBox } from "../raster/index.ts";
import type { Family, SegmentHost, SegmentInput } from "../segment/index.ts";
import type { PictureSession, Prompt } from "./trace.ts";

/** A network on one picture, asked as the product asks it. */
export function openPictureSession(family: Family, host: SegmentHost): PictureSession {
  return {
    async predict(prompt) {
      const { mask } = await family.segment(inputOf(prompt), host);
      return mask;
    },
  };
}

export function inputOf({ box, clicks, mask }: Prompt): SegmentInput {
  return { clicks, ...(box ? { box: spanOf(box) } : {}), ...(mask ? { mask } : {}) };
}

const spanOf = ({ left, top, right, bottom }: PixelBox) => ({
  x: left,
  y: top,
  width: right - left,
  height: bottom - top,
});
