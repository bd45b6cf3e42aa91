import {
  fitBox,
  panBy,
  type Box,
  type Point,
  type ScreenPoint,
  type ViewTransform,
  zoomAbout,
} from "@limn/shared/geometry";
import { createStore, type ReadableStore } from "../../state/store.ts";

const MIN_SCALE = 0.02;
const MAX_SCALE = 64;
const FIT_MARGIN_PX = 24;
/** What the option bar covers beyond the margin: a picture that is fitted lies below it. */
const BAR_PX = 32;
/** At least this much of the picture stays on screen, so that nobody loses it. */
const KEEP_PX = 48;

export interface ScreenSize {
  readonly width: number;
  readonly height: number;
}

export interface Viewport extends ReadableStore<ViewTransform> {
  readonly size: ReadableStore<ScreenSize>;
  resize(size: ScreenSize): void;
  /** Moves the picture by CSS pixels. */
  pan(delta: Point): void;
  /** Multiplies the scale, keeping what is under the anchor. */
  zoomBy(factor: number, anchor?: ScreenPoint): void;
  zoomTo(scale: number, anchor?: ScreenPoint): void;
  fit(): void;
  fitTo(box: Box): void;
}

/** How the picture lies on the screen. Until something moves it, the whole picture is fitted, also when the window changes. */
export function createViewport(image: { width: number; height: number }): Viewport {
  const size = createStore<ScreenSize>({ width: 1, height: 1 });
  const whole: Box = { x: 0, y: 0, width: image.width, height: image.height };
  const fitted = (): ViewTransform => {
    const { width, height } = size.get();
    const view = fitBox(whole, { width, height: height - BAR_PX }, FIT_MARGIN_PX, 8);
    return { ...view, offsetY: view.offsetY + BAR_PX };
  };
  const view = createStore<ViewTransform>(fitted());
  let untouched = true;

  const middle = (): ScreenPoint => ({ x: size.get().width / 2, y: size.get().height / 2 });
  const keepInSight = (next: ViewTransform): ViewTransform => {
    const clamp = (offset: number, length: number, room: number) =>
      Math.min(room - KEEP_PX, Math.max(KEEP_PX - length, offset));
    return {
      scale: next.scale,
      offsetX: clamp(next.offsetX, image.width * next.scale, size.get().width),
      offsetY: clamp(next.offsetY, image.height * next.scale, size.get().height),
    };
  };
  const move = (next: ViewTransform): void => {
    untouched = false;
    view.set(keepInSight(next));
  };
  const zoomTo = (scale: number, anchor = middle()): void =>
    move(zoomAbout(view.get(), anchor, Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale))));

  return {
    get: view.get,
    subscribe: view.subscribe,
    size,
    resize(next) {
      const before = size.get();
      size.set(next);
      if (untouched) view.set(fitted());
      else
        view.set(
          keepInSight(
            panBy(view.get(), {
              x: (next.width - before.width) / 2,
              y: (next.height - before.height) / 2,
            }),
          ),
        );
    },
    pan: (delta) => move(panBy(view.get(), delta)),
    zoomBy: (factor, anchor) => zoomTo(view.get().scale * factor, anchor),
    zoomTo,
    fit() {
      untouched = true;
      view.set(fitted());
    },
    fitTo: (box) => move(fitBox(box, size.get(), 80, 16)),
  };
}
