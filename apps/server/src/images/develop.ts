import { open } from "node:fs/promises";
import sharp, { type Metadata, type Sharp, type SharpOptions } from "sharp";
import { THUMBNAIL_SIDE } from "./limits.ts";
import type { Developed, DevelopRequest } from "./image-calls.ts";
import { hasPngSideEffects } from "./sniff.ts";

/*
 * Runs in the image worker only. Original bytes -> size of the upright picture, a copy that every browser shows with
 * the same pixels (upright, 8 bit, sRGB, no profile), and a thumbnail.
 */

const DECODE_SECONDS = 120;
/** Share of pixels that may be darker or brighter than the window of a picture with more than 8 bits. */
const WINDOW_TAIL = 0.001;
const SAMPLE_SIDE = 1024;
/** JPEG for what was lossy before: fine enough that a copy of a copy cannot be told apart. */
const JPEG = { quality: 95, chromaSubsampling: "4:4:4" } as const;

export async function developImage(request: DevelopRequest): Promise<Developed> {
  const { path, maxPixels } = request;
  let metadata: Metadata;
  try {
    metadata = await sharp(path, { limitInputPixels: false }).metadata();
  } catch {
    return refuse("The file is damaged: its header cannot be read. Export it again at its source.");
  }
  const { width, height } = metadata.autoOrient;
  if (width * height > maxPixels) {
    return refuse(
      `The picture is too large: ${width} x ${height} is ${millions(width * height)} million pixels, the limit is ${millions(maxPixels)} million. Cut it into parts or scale it down.`,
    );
  }
  const input: SharpOptions = { limitInputPixels: maxPixels, failOn: "error" };
  try {
    const servesOriginal = await isServedAsIs(request, metadata);
    let servedType: string = request.mediaType;
    if (!servesOriginal) {
      const picture = await openUpright(path, input, metadata);
      servedType = await writeServed(picture, request, metadata);
    }
    // Decodes all of it, so that a file cut off in the middle is found out in either case.
    await sharp(servesOriginal ? path : request.servedPath, input)
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: 80 })
      .timeout({ seconds: DECODE_SECONDS })
      .toFile(request.thumbnailPath);
    return { ok: true, width, height, servedType, servesOriginal };
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (/timeout/i.test(message))
      return refuse("The picture takes too long to decode: save it anew with another program.");
    // A full disk is no fault of the file.
    if (/no space|ENOSPC|write error|unable to write/i.test(message)) throw error;
    return refuse(
      "The picture is damaged or cut off and cannot be decoded to its end. Copy or export it again at its source.",
    );
  }
}

const millions = (pixels: number): string => (pixels / 1e6).toFixed(0);

function refuse(sentence: string): Developed {
  return { ok: false, sentence };
}

/** 8 bit, upright, no profile, nothing that a browser would do to its colours. */
async function isServedAsIs(request: DevelopRequest, metadata: Metadata): Promise<boolean> {
  const { orientation = 1, depth, hasProfile, space, pages = 1 } = metadata;
  if (orientation > 1 || depth !== "uchar" || hasProfile || pages > 1) return false;
  if (space !== "srgb" && space !== "b-w") return false;
  if (request.mediaType === "image/png") return !hasPngSideEffects(await readHead(request.path));
  return request.mediaType === "image/jpeg" || request.mediaType === "image/webp";
}

/** The part of a PNG in which chunks before the image data stand, unless they are very long. */
async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The upright picture in 8 bit sRGB or grey. */
async function openUpright(path: string, input: SharpOptions, metadata: Metadata): Promise<Sharp> {
  if (metadata.space === "cmyk" && !metadata.hasProfile) return openUntaggedCmyk(path, input);
  const grey = metadata.space === "b-w" || metadata.space === "grey16";
  const target = grey ? "b-w" : "srgb";
  if (!needsWindow(metadata)) return sharp(path, input).autoOrient().toColourspace(target);
  const sixteen = metadata.space === "grey16" || metadata.space === "rgb16";
  const { lower, upper } = await findWindow(path, input, metadata);
  // The 16 bit spaces are halved to 8 bit by the conversion to the target, the others are not.
  const top = sixteen ? 65_535 : 255;
  const scale = top / (upper - lower);
  return sharp(path, input)
    .autoOrient()
    .pipelineColourspace(metadata.space)
    .linear(scale, -lower * scale)
    .toColourspace(target);
}

function needsWindow({ depth, space }: Metadata): boolean {
  return depth !== "uchar" && space !== "cmyk" && space !== "lab" && space !== "scrgb";
}

/**
 * The values that become black and white. Grey pictures of more than 8 bits come from instruments that use any part
 * of the range, so all but a thousandth at either end is spread over it; colour ones are photos, kept as they are
 * unless they use less than a quarter of the range (12 bits in 16).
 */
async function findWindow(
  path: string,
  input: SharpOptions,
  metadata: Metadata,
): Promise<{ lower: number; upper: number }> {
  const { data, info } = await sharp(path, input)
    .resize(SAMPLE_SIDE, SAMPLE_SIDE, {
      fit: "inside",
      kernel: "nearest",
      withoutEnlargement: true,
    })
    .toColourspace(metadata.space)
    .raw({ depth: "float" })
    .toBuffer({ resolveWithObject: true });
  const values = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  const colours = metadata.hasAlpha ? info.channels - 1 : info.channels;
  const sorted = values
    .filter((value, i) => i % info.channels < colours && Number.isFinite(value))
    .toSorted();
  const at = (share: number): number =>
    sorted[Math.round(share * Math.max(0, sorted.length - 1))] ?? 0;
  const lower = at(WINDOW_TAIL);
  const upper = at(1 - WINDOW_TAIL);
  if (metadata.space === "rgb16")
    return { lower: 0, upper: upper < 65_536 / 4 ? Math.max(upper, 1) : 65_535 };
  // A picture of one value has no window: it is black at 0, grey otherwise.
  return upper > lower
    ? { lower, upper }
    : { lower: Math.min(0, lower), upper: 2 * Math.abs(upper) || 1 };
}

/**
 * Ink values without a profile say nothing about real inks. They are read as browsers read them: light is what
 * neither the colour nor the black covers. (libvips turns the inverted values of JPEG the right way round.)
 */
async function openUntaggedCmyk(path: string, input: SharpOptions): Promise<Sharp> {
  const { data, info } = await sharp(path, input)
    .autoOrient()
    .pipelineColourspace("cmyk")
    .toColourspace("cmyk")
    .raw()
    .timeout({ seconds: DECODE_SECONDS })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const rgb = Buffer.allocUnsafe(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += channels, to += 3) {
    const light = 255 - (data[from + 3] ?? 0);
    for (let ink = 0; ink < 3; ink++)
      rgb[to + ink] = Math.round(((255 - (data[from + ink] ?? 0)) * light) / 255);
  }
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}

/** Lossy originals without alpha become fine JPEG, everything else PNG, bit for bit. */
async function writeServed(
  picture: Sharp,
  { servedPath, lossless }: DevelopRequest,
  metadata: Metadata,
): Promise<string> {
  const asJpeg = !lossless && !metadata.hasAlpha && !needsWindow(metadata);
  const encoded = asJpeg ? picture.jpeg(JPEG) : picture.png({ compressionLevel: 6 });
  await encoded.timeout({ seconds: DECODE_SECONDS }).toFile(servedPath);
  return asJpeg ? "image/jpeg" : "image/png";
}
