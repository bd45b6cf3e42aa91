import type { ViewTransform } from "@limn/shared/geometry";

/** Points x, y, x, y, ... of the image as they lie on the screen, in CSS pixels. */
export function toScreen(points: readonly number[], view: ViewTransform): number[] {
  const flat: number[] = [];
  for (let i = 0; i + 1 < points.length; i += 2)
    flat.push(
      (points[i] ?? 0) * view.scale + view.offsetX,
      (points[i + 1] ?? 0) * view.scale + view.offsetY,
    );
  return flat;
}
