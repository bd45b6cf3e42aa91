/** A small transparent picture of all objects in their class colours, to be laid over a thumbnail. */
import { boxToRing } from "../geometry/index.ts";
import { forEachFilledRun, forEachTileRun, ringsPixelBox } from "../raster/index.ts";
import type { ImageDocument } from "./image-document.ts";
import type { Annotation } from "./schema.ts";

export interface OverlayOptions {
  /** Pixels of the longer side; never larger than the image. */
  readonly maxSide: number;
  /** Red, green, blue, 0 to 255. */
  colorOf(classId: string): readonly [number, number, number];
}

export interface Overlay {
  readonly width: number;
  readonly height: number;
  /** Straight (not premultiplied) alpha, row by row. */
  readonly rgba: Uint8ClampedArray;
}

/** Opacity of a pixel that is wholly covered, and the least that a touched one gets, so that specks stay visible. */
const FULL_OPACITY = 0.6;
const LEAST_COVERAGE = 0.3;
const BOX_COVERAGE = 0.25;

export function renderOverlay(document: ImageDocument, options: OverlayOptions): Overlay {
  const { size } = document;
  const scale = Math.min(1, options.maxSide / Math.max(size.width, size.height));
  const width = Math.max(1, Math.round(size.width * scale));
  const height = Math.max(1, Math.round(size.height * scale));
  const rgba = new Uint8ClampedArray(width * height * 4);
  const coverage = createCoverage(size, width, height);
  for (const annotation of document.list()) {
    coverObject(document, annotation, coverage.addRun);
    const color = options.colorOf(annotation.classId);
    const limit = annotation.shape === "box" ? BOX_COVERAGE : 1;
    coverage.drain((pixel, covered) => {
      const opacity = FULL_OPACITY * Math.min(limit, Math.max(covered, LEAST_COVERAGE));
      blend(rgba, pixel * 4, color, opacity);
    });
  }
  return { width, height, rgba };
}

function coverObject(
  document: ImageDocument,
  annotation: Annotation,
  addRun: (y: number, x0: number, x1: number) => void,
): void {
  const mask = document.mask(annotation.id);
  if (mask !== undefined) return forEachTileRun(mask, addRun);
  const { box } = annotation;
  const rings = annotation.rings ?? (box === undefined ? [] : [boxToRing(box)]);
  forEachFilledRun(rings, "union", ringsPixelBox(rings, document.size), addRun);
}

/** How much of each small pixel an object covers, by summing the lengths of its runs. */
function createCoverage(size: { width: number; height: number }, width: number, height: number) {
  const covered = new Float32Array(width * height);
  const touched = new Set<number>();
  const scaleX = width / size.width;
  const scaleY = height / size.height;
  return {
    addRun: (y: number, x0: number, x1: number): void => {
      const row = Math.min(height - 1, Math.floor((y + 0.5) * scaleY)) * width;
      const from = x0 * scaleX;
      const to = x1 * scaleX;
      const last = Math.min(width - 1, Math.ceil(to) - 1);
      for (let x = Math.floor(from); x <= last; x++) {
        const part = (Math.min(to, x + 1) - Math.max(from, x)) * scaleY;
        covered[row + x] = (covered[row + x] ?? 0) + part;
        touched.add(row + x);
      }
    },
    /** Hands out what was covered, and begins anew. */
    drain: (visit: (pixel: number, covered: number) => void): void => {
      for (const pixel of touched) {
        visit(pixel, Math.min(1, covered[pixel] ?? 0));
        covered[pixel] = 0;
      }
      touched.clear();
    },
  };
}

function blend(
  rgba: Uint8ClampedArray,
  at: number,
  color: readonly [number, number, number],
  opacity: number,
): void {
  const below = (rgba[at + 3] ?? 0) / 255;
  const alpha = opacity + below * (1 - opacity);
  for (let channel = 0; channel < 3; channel++) {
    const under = (rgba[at + channel] ?? 0) * below * (1 - opacity);
    rgba[at + channel] = ((color[channel] ?? 0) * opacity + under) / alpha;
  }
  rgba[at + 3] = alpha * 255;
}
