import type { Bitmask, PixelBox } from "../raster/index.ts";
import type { Crop } from "./crop.ts";
import type { NetworkInput, PixelSource, PixelWindow, SegmentInput } from "./family.ts";
import { shrinkSamples, warpPlane, type AxisMap, type Samples } from "./resample.ts";

/** Colour outside the picture, red green blue: the mean that the network subtracts. */
const OUTSIDE_RGB = [123.675, 116.28, 103.53] as const;
/** Clicks are discs of this radius in the crop's pixels, at every input size. */
export const CLICK_RADIUS = 5;
/** Channel of a prompt that holds the mask there is. */
export const MASK_CHANNEL = 2;
/** Below this many crop pixels per picture pixel the area filter is used. */
const AREA_BELOW = 0.6;

/** The part of the picture that a crop touches, with the pixels that bilinear taps need around it. */
function windowOf(crop: Crop, size: { width: number; height: number }): PixelBox {
  const half = crop.side / 2;
  return {
    left: Math.max(0, Math.trunc(crop.centerX - half) - 2),
    top: Math.max(0, Math.trunc(crop.centerY - half) - 2),
    right: Math.min(size.width, Math.trunc(crop.centerX + half) + 3),
    bottom: Math.min(size.height, Math.trunc(crop.centerY + half) + 3),
  };
}

/** How one axis of the crop runs through samples that cover start..end of the picture. */
function axisMap(
  size: number,
  crop: { center: number; side: number },
  start: number,
  end: number,
  samples: number,
): AxisMap {
  const density = samples / (end - start);
  const step = (crop.side / size) * density;
  const first = (crop.center - crop.side / 2 - start) * density;
  return { step, start: first + 0.5 * step - 0.5 };
}

/** Samples of an axis after the area filter; the size it has when the filter is not needed. */
export function shrunk(extent: number, samples: number, scale: number): number {
  return scale < AREA_BELOW ? Math.min(samples, Math.max(2, Math.round(extent * scale))) : samples;
}

/** Makes the network's input of a crop: picture, clicks, previous mask and box. */
export async function makeTensors(
  input: SegmentInput,
  crop: Crop,
  size: number,
  pixels: PixelSource,
): Promise<NetworkInput> {
  const scale = size / crop.side;
  const box = windowOf(crop, pixels);
  const window = await pixels.read(box, Math.min(1, scale));
  const image = new Float32Array(3 * size * size);
  for (let channel = 0; channel < 3; channel++)
    place(
      channelOf(window, channel),
      window.box,
      crop,
      size,
      OUTSIDE_RGB[channel] ?? 0,
      image,
      channel,
    );
  const prompt = new Float32Array(4 * size * size);
  drawClicks(prompt, input, crop, size);
  if (input.mask) place(maskWithin(input.mask, box), box, crop, size, 0, prompt, MASK_CHANNEL);
  drawBox(prompt, input, crop, size);
  return { size, image, prompt };
}

/** Resamples what covers `box` into channel `channel` of `out`. */
function place(
  samples: Samples,
  box: PixelBox,
  crop: Crop,
  size: number,
  border: number,
  out: Float32Array,
  channel: number,
): void {
  const scale = size / crop.side;
  const small = shrinkSamples(
    samples,
    shrunk(box.right - box.left, samples.width, scale),
    shrunk(box.bottom - box.top, samples.height, scale),
  );
  const across = { center: crop.centerX, side: crop.side };
  const down = { center: crop.centerY, side: crop.side };
  warpPlane(
    small,
    size,
    axisMap(size, across, box.left, box.right, small.width),
    axisMap(size, down, box.top, box.bottom, small.height),
    border,
    out,
    channel * size * size,
  );
}

/** One channel of a window, where it lies. */
export function channelOf({ columns, rows, data }: PixelWindow, channel: number): Samples {
  return {
    width: columns,
    height: rows,
    // One type of array, so that the loops over it are compiled once.
    data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    first: channel,
    step: 4,
    stride: 4 * columns,
    filled: { left: 0, top: 0, right: columns, bottom: rows },
  };
}

/** The mask's part in the box, where it lies: a mask of megapixels is not copied. */
export function maskWithin(mask: Bitmask, box: PixelBox): Samples {
  const width = box.right - box.left;
  const height = box.bottom - box.top;
  const left = mask.left - box.left;
  const top = mask.top - box.top;
  const within = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  return {
    width,
    height,
    data: mask.data,
    first: -top * mask.width - left,
    step: 1,
    stride: mask.width,
    filled: {
      left: within(left, width),
      top: within(top, height),
      right: within(left + mask.width, width),
      bottom: within(top + mask.height, height),
    },
  };
}

/** Picture coordinates to crop coordinates. */
function intoCrop(crop: Crop, size: number, x: number, y: number): { u: number; v: number } {
  const scale = size / crop.side;
  return {
    u: (x - crop.centerX) * scale + size / 2,
    v: (y - crop.centerY) * scale + size / 2,
  };
}

/** Half widths per row of OpenCV's filled circle of radius 5, which the network saw in training. */
const DISC_HALF_WIDTHS = [5, 4, 4, 4, 3, 0];

function drawClicks(prompt: Float32Array, input: SegmentInput, crop: Crop, size: number): void {
  for (const { x, y, inside } of input.clicks) {
    const { u, v } = intoCrop(crop, size, Math.floor(x) + 0.5, Math.floor(y) + 0.5);
    const column = Math.floor(u);
    const row = Math.floor(v);
    const offset = inside ? 0 : size * size;
    for (let dy = -CLICK_RADIUS; dy <= CLICK_RADIUS; dy++) {
      const line = row + dy;
      if (line < 0 || line >= size) continue;
      const half = DISC_HALF_WIDTHS[Math.abs(dy)] ?? 0;
      const from = Math.max(0, column - half);
      const to = Math.min(size - 1, column + half);
      for (let at = from; at <= to; at++) prompt[offset + line * size + at] = 1;
    }
  }
}

function drawBox(prompt: Float32Array, input: SegmentInput, crop: Crop, size: number): void {
  if (!input.box) return;
  const { x, y, width, height } = input.box;
  const a = intoCrop(crop, size, x, y);
  const b = intoCrop(crop, size, x + width, y + height);
  const clip = (value: number): number => Math.min(size, Math.max(0, Math.round(value)));
  for (let row = clip(a.v); row < clip(b.v); row++)
    prompt.fill(
      1,
      3 * size * size + row * size + clip(a.u),
      3 * size * size + row * size + clip(b.u),
    );
}
