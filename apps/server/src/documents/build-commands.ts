import { maskOperations, type AuthorNumber, type Command } from "@limn/shared/document";
import { bitmaskArea, bitmaskFromRle } from "@limn/shared/raster";
import type { Built, ImageSize, NewAnnotation } from "./document-calls.ts";

/** Turns objects into commands that create them; the first one that cannot be one is named in the sentence. */
export function buildCommands(
  annotations: readonly NewAnnotation[],
  size: ImageSize,
  author: number,
): Built {
  let counter = 0;
  const numbers: AuthorNumber = { author, nextCounter: () => ++counter };
  const commands: Command[] = [];
  for (const [index, annotation] of annotations.entries()) {
    const command = buildCommand(annotation, size, numbers);
    if (typeof command === "string")
      return { ok: false, sentence: `annotations.${index}: ${command}` };
    commands.push(command);
  }
  return { ok: true, commands };
}

/** The command, or a sentence that says why there can be none. */
function buildCommand(
  annotation: NewAnnotation,
  size: ImageSize,
  numbers: AuthorNumber,
): Command | string {
  const { id, classId, name, attributes, rle, rings, bbox } = annotation;
  const common = {
    kind: "create",
    id,
    classId,
    ...(name === undefined ? {} : { name }),
    ...(attributes === undefined ? {} : { attributes }),
  } as const;
  if (rle !== undefined) {
    const [height, width] = rle.size;
    if (height !== size.height || width !== size.width)
      return `The mask's size is [${height}, ${width}], the image is [${size.height}, ${size.width}] (height, width).`;
    try {
      const mask = bitmaskFromRle(rle);
      if (bitmaskArea(mask) === 0) return "The mask is empty: there is no pixel in it.";
      return { ...common, shape: "mask", operations: maskOperations(numbers, mask) };
    } catch (error) {
      return error instanceof Error ? error.message : "The mask cannot be decoded.";
    }
  }
  if (rings !== undefined) {
    if (rings.some((ring) => ring.length < 6 || ring.length % 2 !== 0))
      return "A ring is [x, y, x, y, ...] with at least three points.";
    return { ...common, shape: "polygon", rings };
  }
  if (bbox === undefined) return "One of rle, rings and bbox is needed.";
  const [x, y, width, height] = bbox;
  if (!(width > 0 && height > 0)) return "A box needs a width and a height above 0.";
  return { ...common, shape: "box", box: { x, y, width, height } };
}
