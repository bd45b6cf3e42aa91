import { type Bitmask, isBitSet } from "@limn/shared/raster";
import sharp from "sharp";
import type { Shown, Truth } from "@limn/shared/learn";
import type { Picture } from "./predictor.ts";

/** One object of the sheet: what was asked, what came, what is true. */
export interface SheetItem {
  readonly picture: Picture;
  readonly truth: Truth;
  readonly shown: Shown;
}

type Colour = readonly [red: number, green: number, blue: number];

const TILE = 208;
const GAP = 6;
/** Objects beside each other, three tiles each. */
const ACROSS = 2;
const TYPICAL = 8;
const FAILURES = 4;
/** Side of a tile, of the longer side of the object's box. */
const CONTEXT = 1.5;
const ANSWER: Colour = [0, 190, 255];
const TRUE_SHAPE: Colour = [255, 190, 0];
const BOX: Colour = [255, 255, 255];
const CLICK_INSIDE: Colour = [40, 220, 80];
const CLICK_OUTSIDE: Colour = [240, 50, 50];

/**
 * A picture of results: eight objects as they come, below them, after a broad line, the four that went worst. Of each: the
 * prompt (box, clicks), the answer to it, the truth.
 */
export async function drawSheet(items: readonly SheetItem[], path: string): Promise<void> {
  const worst = items.toSorted((a, b) => a.shown.overlap - b.shown.overlap).slice(0, FAILURES);
  const rest = items.filter((item) => !worst.includes(item));
  const typical = Array.from(
    { length: Math.min(TYPICAL, rest.length) },
    (_value, i) => rest[Math.floor((i * rest.length) / Math.min(TYPICAL, rest.length))],
  ).filter((item) => item !== undefined);
  const rows = Math.ceil(typical.length / ACROSS);
  const worstRows = Math.ceil(worst.length / ACROSS);
  const width = ACROSS * 3 * TILE + (ACROSS + 1) * GAP;
  const height = (rows + worstRows) * (TILE + GAP) + 4 * GAP;
  const tileAt = (i: number, extra: number, tile: Buffer, part: number) => ({
    input: tile,
    raw: { width: TILE, height: TILE, channels: 3 as const },
    left: GAP + (i % ACROSS) * (3 * TILE + GAP) + part * TILE,
    top: GAP + extra + Math.floor(i / ACROSS) * (TILE + GAP),
  });
  const tiles = [
    ...typical.flatMap((item, i) => tilesOf(item).map((tile, part) => tileAt(i, 0, tile, part))),
    ...worst.flatMap((item, i) =>
      tilesOf(item).map((tile, part) => tileAt(i, rows * (TILE + GAP) + 3 * GAP, tile, part)),
    ),
  ];
  await sharp({ create: { width, height, channels: 3, background: "#222" } })
    .composite(tiles)
    .removeAlpha()
    .toFile(path);
}

function tilesOf({ picture, truth, shown }: SheetItem): Buffer[] {
  const { left, top, right, bottom } = truth.bounds;
  const side = Math.max(24, CONTEXT * Math.max(right - left, bottom - top));
  const view: View = {
    left: (left + right - side) / 2,
    top: (top + bottom - side) / 2,
    pixel: side / TILE,
  };
  const prompt = cutTile(picture, view);
  const { box, clicks } = shown.prompt;
  if (box) drawOutline(prompt, view, box);
  for (const { x, y, inside } of clicks)
    drawDisc(prompt, view, x, y, inside ? CLICK_INSIDE : CLICK_OUTSIDE);
  const answer = cutTile(picture, view);
  tint(answer, view, shown.mask, ANSWER);
  const whole = cutTile(picture, view);
  tint(whole, view, truth.object, TRUE_SHAPE);
  return [prompt, answer, whole];
}

/** Where a tile lies: its corner, and how many image pixels one of its own is. */
interface View {
  readonly left: number;
  readonly top: number;
  readonly pixel: number;
}

function forEachPixel(view: View, visit: (at: number, x: number, y: number) => void): void {
  for (let v = 0; v < TILE; v++)
    for (let u = 0; u < TILE; u++)
      visit(
        3 * (v * TILE + u),
        view.left + (u + 0.5) * view.pixel,
        view.top + (v + 0.5) * view.pixel,
      );
}

/** Bilinear; dark outside the picture. */
function cutTile({ rgba, width, height }: Picture, view: View): Buffer {
  const tile = Buffer.alloc(3 * TILE * TILE, 40);
  forEachPixel(view, (at, x, y) => {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    const x0 = Math.max(0, Math.floor(x - 0.5));
    const y0 = Math.max(0, Math.floor(y - 0.5));
    const x1 = Math.min(width - 1, x0 + 1);
    const y1 = Math.min(height - 1, y0 + 1);
    const fx = Math.max(0, x - 0.5 - x0);
    const fy = Math.max(0, y - 0.5 - y0);
    for (let c = 0; c < 3; c++) {
      const value = (column: number, row: number): number =>
        rgba[4 * (row * width + column) + c] ?? 0;
      const above = value(x0, y0) + (value(x1, y0) - value(x0, y0)) * fx;
      const below = value(x0, y1) + (value(x1, y1) - value(x0, y1)) * fx;
      tile[at + c] = above + (below - above) * fy;
    }
  });
  return tile;
}

function paint(tile: Buffer, at: number, colour: Colour, strength: number): void {
  colour.forEach((value, c) => {
    tile[at + c] = (tile[at + c] ?? 0) * (1 - strength) + value * strength;
  });
}

/** The mask's pixels half in colour, its edge whole. */
function tint(tile: Buffer, view: View, mask: Bitmask, colour: Colour): void {
  const reach = 1.5 * view.pixel;
  const isSet = (x: number, y: number): boolean => isBitSet(mask, Math.floor(x), Math.floor(y));
  forEachPixel(view, (at, x, y) => {
    if (!isSet(x, y)) return;
    const isEdge =
      !isSet(x - reach, y) || !isSet(x + reach, y) || !isSet(x, y - reach) || !isSet(x, y + reach);
    paint(tile, at, colour, isEdge ? 1 : 0.4);
  });
}

function drawOutline(
  tile: Buffer,
  view: View,
  box: { left: number; top: number; right: number; bottom: number },
): void {
  const near = view.pixel;
  forEachPixel(view, (at, x, y) => {
    const within =
      x > box.left - near && x < box.right + near && y > box.top - near && y < box.bottom + near;
    const deep =
      x > box.left + near && x < box.right - near && y > box.top + near && y < box.bottom - near;
    if (within && !deep) paint(tile, at, BOX, 1);
  });
}

function drawDisc(tile: Buffer, view: View, x: number, y: number, colour: Colour): void {
  forEachPixel(view, (at, u, v) => {
    const away = Math.hypot(u - x, v - y) / view.pixel;
    if (away < 4) paint(tile, at, colour, 1);
    else if (away < 5.5) paint(tile, at, BOX, 1);
  });
}
