import type { ImagePoint, Point, ScreenPoint } from "./point.ts";

/** screen = image * scale + offset; scale is CSS pixels per image pixel. */
export interface ViewTransform {
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
}

export function imageToScreen(view: ViewTransform, point: ImagePoint): ScreenPoint {
  return {
    x: point.x * view.scale + view.offsetX,
    y: point.y * view.scale + view.offsetY,
  };
}

export function screenToImage(view: ViewTransform, point: ScreenPoint): ImagePoint {
  return {
    x: (point.x - view.offsetX) / view.scale,
    y: (point.y - view.offsetY) / view.scale,
  };
}

export function panBy(view: ViewTransform, delta: Point): ViewTransform {
  return { ...view, offsetX: view.offsetX + delta.x, offsetY: view.offsetY + delta.y };
}

/** The new scale, with what is under `anchor` staying there. */
export function zoomAbout(view: ViewTransform, anchor: ScreenPoint, scale: number): ViewTransform {
  const ratio = scale / view.scale;
  return {
    scale,
    offsetX: anchor.x - (anchor.x - view.offsetX) * ratio,
    offsetY: anchor.y - (anchor.y - view.offsetY) * ratio,
  };
}

/** The view that shows the whole of a box, centred, with `margin` CSS pixels around it and at most `maxScale`. */
export function fitBox(
  box: { x: number; y: number; width: number; height: number },
  screen: { width: number; height: number },
  margin = 0,
  maxScale = Infinity,
): ViewTransform {
  const scale = Math.min(
    Math.max(1, screen.width - 2 * margin) / Math.max(box.width, 1e-9),
    Math.max(1, screen.height - 2 * margin) / Math.max(box.height, 1e-9),
    maxScale,
  );
  return {
    scale,
    offsetX: screen.width / 2 - (box.x + box.width / 2) * scale,
    offsetY: screen.height / 2 - (box.y + box.height / 2) * scale,
  };
}
