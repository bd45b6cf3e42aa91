import type { StoredPrompt } from "@limn/shared/document";
import { imageToScreen, type Box, type Ring, type ViewTransform } from "@limn/shared/geometry";
import { Graphics } from "pixi.js";
import type { Preview } from "../state/preview.ts";
import { toScreen } from "./to-screen.ts";

export interface PreviewLayer {
  readonly graphics: Graphics;
  draw(preview: Preview, view: ViewTransform, extra: PreviewExtra): void;
}

export interface PreviewExtra {
  /** Rings of the selected polygon, whose vertices can be dragged. */
  readonly handles: readonly Ring[];
  readonly color: string;
}

const ACCENT = "#7c66ff";
const INSIDE = "#30a46c";
const OUTSIDE = "#e5484d";
const HANDLE_PX = 4;

/** What the tool in hand shows, in screen pixels so that lines and handles keep their size. */
export function createPreviewLayer(): PreviewLayer {
  const graphics = new Graphics();
  graphics.eventMode = "none";
  return {
    graphics,
    draw(preview, view, extra) {
      graphics.clear();
      if (preview.shape)
        for (const ring of preview.shape.rings) drawRing(graphics, ring, view, extra.color);
      const handles = preview.shape?.rings ?? extra.handles;
      drawHandles(graphics, handles, view, preview.hotVertex);
      if (preview.box) drawBox(graphics, preview.box, view, "#ffffff", 6);
      if (preview.marquee) drawMarquee(graphics, preview.marquee, view);
      if (preview.polygon) drawPolygon(graphics, preview.polygon, view);
      for (const prompt of preview.prompts ?? [])
        drawPrompt(graphics, prompt, view, prompt.id === preview.hotPrompt);
      if (preview.brush) drawBrush(graphics, preview.brush, view);
      if (preview.busy) {
        const at = imageToScreen(view, preview.busy);
        graphics.circle(at.x, at.y, 9).stroke({ color: "#ffffff", width: 2, alpha: 0.9 });
        graphics.circle(at.x, at.y, 12).stroke({ color: ACCENT, width: 2, alpha: 0.9 });
      }
    },
  };
}

function drawRing(graphics: Graphics, ring: Ring, view: ViewTransform, color: string): void {
  const flat = toScreen(ring, view);
  if (flat.length >= 6)
    graphics.poly(flat, true).fill({ color, alpha: 0.25 }).stroke({ color, width: 2 });
}

function drawHandles(
  graphics: Graphics,
  rings: readonly Ring[],
  view: ViewTransform,
  hot: Preview["hotVertex"],
): void {
  rings.forEach((ring, r) => {
    const flat = toScreen(ring, view);
    for (let i = 0; i < flat.length; i += 2) {
      const isHot = hot?.ring === r && !hot.insert && hot.index === i / 2;
      graphics
        .circle(flat[i] ?? 0, flat[i + 1] ?? 0, isHot ? HANDLE_PX + 2 : HANDLE_PX)
        .fill(isHot ? ACCENT : "#ffffff")
        .stroke({ color: isHot ? "#ffffff" : ACCENT, width: 1.5 });
    }
  });
}

function drawBox(
  graphics: Graphics,
  box: Box,
  view: ViewTransform,
  color: string,
  dash: number,
): void {
  const a = imageToScreen(view, box);
  const b = imageToScreen(view, { x: box.x + box.width, y: box.y + box.height });
  const ring = [a.x, a.y, b.x, a.y, b.x, b.y, a.x, b.y, a.x, a.y];
  strokeDashed(graphics, ring, dash);
  graphics.stroke({ color: "#000000", width: 3, alpha: 0.35 });
  strokeDashed(graphics, ring, dash);
  graphics.stroke({ color, width: 1.5 });
}

function strokeDashed(graphics: Graphics, line: readonly number[], dash: number): void {
  for (let i = 0; i + 3 < line.length; i += 2) {
    const [x0 = 0, y0 = 0, x1 = 0, y1 = 0] = line.slice(i, i + 4);
    const length = Math.hypot(x1 - x0, y1 - y0);
    // A very long side far outside the screen would cost thousands of dashes.
    const step = Math.max(dash, length / 400);
    for (let at = 0; at < length; at += 2 * step) {
      const end = Math.min(length, at + step);
      graphics.moveTo(x0 + ((x1 - x0) * at) / length, y0 + ((y1 - y0) * at) / length);
      graphics.lineTo(x0 + ((x1 - x0) * end) / length, y0 + ((y1 - y0) * end) / length);
    }
  }
}

function drawMarquee(graphics: Graphics, box: Box, view: ViewTransform): void {
  const a = imageToScreen(view, box);
  graphics
    .rect(a.x, a.y, box.width * view.scale, box.height * view.scale)
    .fill({ color: ACCENT, alpha: 0.12 })
    .stroke({ color: ACCENT, width: 1 });
}

function drawPolygon(
  graphics: Graphics,
  polygon: NonNullable<Preview["polygon"]>,
  view: ViewTransform,
): void {
  const flat = toScreen(polygon.points, view);
  const color = polygon.mode === "cut" ? OUTSIDE : ACCENT;
  const line = [...flat];
  if (polygon.cursor && !polygon.closing) {
    const at = imageToScreen(view, polygon.cursor);
    line.push(at.x, at.y);
  }
  if (line.length >= 6) graphics.poly(line, true).fill({ color, alpha: 0.15 });
  if (line.length >= 4) {
    graphics.poly(line, polygon.closing).stroke({ color: "#ffffff", width: 3, alpha: 0.7 });
    graphics.poly(line, polygon.closing).stroke({ color, width: 1.5 });
  }
  for (let i = 0; i < flat.length; i += 2) {
    const first = i === 0;
    graphics
      .circle(flat[i] ?? 0, flat[i + 1] ?? 0, first && polygon.closing ? 7 : first ? 5 : 3)
      .fill(first ? color : "#ffffff")
      .stroke({ color: first ? "#ffffff" : color, width: 1.5 });
  }
}

function drawPrompt(
  graphics: Graphics,
  prompt: StoredPrompt,
  view: ViewTransform,
  hot: boolean,
): void {
  if (prompt.kind === "box") {
    drawBox(graphics, prompt.box, view, "#ffffff", 5);
    return;
  }
  if (prompt.kind !== "in" && prompt.kind !== "out") return;
  const { x, y } = imageToScreen(view, prompt.point);
  const inside = prompt.kind === "in";
  const r = hot ? 9 : 7;
  graphics
    .circle(x, y, r)
    .fill(inside ? INSIDE : OUTSIDE)
    .stroke({ color: "#ffffff", width: 2 });
  // A plus or a minus, so that the meaning does not hang on the colour.
  graphics.moveTo(x - 3.5, y).lineTo(x + 3.5, y);
  if (inside) graphics.moveTo(x, y - 3.5).lineTo(x, y + 3.5);
  graphics.stroke({ color: "#ffffff", width: 1.6 });
}

function drawBrush(
  graphics: Graphics,
  brush: NonNullable<Preview["brush"]>,
  view: ViewTransform,
): void {
  const { x, y } = imageToScreen(view, brush.at);
  const r = Math.max(1.5, brush.radius * view.scale);
  graphics.circle(x, y, r).stroke({ color: "#000000", width: 3, alpha: 0.4 });
  graphics.circle(x, y, r).stroke({ color: brush.erase ? "#ff9a9e" : "#ffffff", width: 1.5 });
  graphics.moveTo(x - 3, y).lineTo(x + 3, y);
  if (!brush.erase) graphics.moveTo(x, y - 3).lineTo(x, y + 3);
  graphics.stroke({ color: "#ffffff", width: 1 });
}
