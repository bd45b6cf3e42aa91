import sharp from "sharp";
import { expect, test } from "vitest";
import { encodePng } from "./png.ts";

test.each([
  [1, 1],
  [7, 3],
  [320, 213],
])("[SS3] an overlay of %i x %i is a PNG that decodes to its pixels", async (width, height) => {
  const rgba = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 31 + (i >> 7)) & 255);
  const png = encodePng(width, height, rgba);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width, height, channels: 4 });
  expect(new Uint8Array(data)).toEqual(rgba);
});
