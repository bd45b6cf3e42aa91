import "pixi.js/unsafe-eval";
import type { AnnotationId, ImageDocument } from "@limn/shared/document";
import type { Ring, ViewTransform } from "@limn/shared/geometry";
import type { TileMask } from "@limn/shared/raster";
import { Container, Graphics, WebGLRenderer } from "pixi.js";
import type { Peer } from "../state/peers.ts";
import type { PictureSource } from "../state/picture-source.ts";
import type { Preview } from "../state/preview.ts";
import type { ReadableStore } from "../../state/store.ts";
import type { ScreenSize } from "../state/viewport.ts";
import { createHighlightLayer, type Highlight } from "./highlight-layer.ts";
import { createImageLayer } from "./image-layer.ts";
import { createObjectLayer, type ObjectLook } from "./object-layer.ts";
import { createPeerLayer } from "./peer-layer.ts";
import { createPreviewLayer } from "./preview-layer.ts";
import { createObjectStyle } from "./quad-mesh.ts";

/** What the stage shows; it reads these and nothing else. */
export interface StageModel {
  readonly document: ImageDocument;
  readonly picture: PictureSource;
  readonly view: ReadableStore<ViewTransform>;
  readonly size: ReadableStore<ScreenSize>;
  readonly preview: ReadableStore<Preview>;
  readonly peers: ReadableStore<readonly Peer[]>;
  readonly highlights: ReadableStore<readonly Highlight[]>;
  /** Rings whose vertices can be dragged now, and their colour. */
  readonly handles: ReadableStore<{ readonly rings: readonly Ring[]; readonly color: string }>;
  readonly style: ReadableStore<{
    readonly fill: number;
    readonly outlinePx: number;
    readonly hideObjects: boolean;
  }>;
  readonly look: ObjectLook;
  /** Changes when colours or visibility of objects change. */
  readonly lookVersion: ReadableStore<number>;
  /** Neutral ground around the picture, #rrggbb. */
  readonly ground: ReadableStore<string>;
}

export interface FrameCost {
  /** Main-thread milliseconds of our code and pixi's for the last frames, oldest first. */
  readonly frames: readonly number[];
  /** All objects are measured: what the next frame shows is complete. */
  readonly complete: boolean;
}

export interface Stage {
  readonly canvas: HTMLCanvasElement;
  /** Shows these pixels instead of the document's (a stroke under way). */
  previewMask(id: AnnotationId, mask: TileMask, tiles: readonly number[]): void;
  requestDraw(): void;
  cost(): FrameCost;
  dispose(): void;
}

const MEASURE_MS = 8;
const FRAMES_KEPT = 600;
/** From this zoom on a grid between the pixels fades in. */
const GRID_SCALE = 12;

/** The only room that knows pixi: draws when something changed, never in an idle loop. */
export async function createStage(host: HTMLElement, model: StageModel): Promise<Stage> {
  const renderer = new WebGLRenderer();
  await renderer.init({
    antialias: true,
    autoDensity: true,
    resolution: globalThis.devicePixelRatio,
    width: Math.max(1, model.size.get().width),
    height: Math.max(1, model.size.get().height),
    backgroundColor: model.ground.get(),
    preference: "webgl",
    eventMode: "none",
  } as Parameters<WebGLRenderer["init"]>[0]);
  const { canvas } = renderer;
  host.prepend(canvas);

  let frame = 0;
  let disposed = false;
  const requestDraw = (): void => {
    if (frame === 0 && !disposed) frame = requestAnimationFrame(draw);
  };

  const root = new Container();
  const world = new Container({ isRenderGroup: true });
  const style = createObjectStyle(model.style.get().fill, model.style.get().outlinePx);
  const picture = createImageLayer(model.picture, requestDraw);
  const objects = createObjectLayer(model.document, model.look, style, requestDraw);
  const highlights = createHighlightLayer(objects);
  const grid = new Graphics();
  const preview = createPreviewLayer();
  const peers = createPeerLayer(host);
  world.addChild(picture.container, objects.container, highlights.container);
  root.addChild(world, grid, peers.container, preview.graphics);

  let viewDirty = true;
  let overlayDirty = true;
  let highlightsDirty = true;
  const frames: number[] = [];

  function draw(): void {
    frame = 0;
    if (disposed) return;
    const began = performance.now();
    const view = model.view.get();
    if (viewDirty) {
      world.position.set(view.offsetX, view.offsetY);
      world.scale.set(view.scale);
      picture.update(view, model.size.get(), renderer.resolution);
      drawGrid(grid, view, model.size.get(), model.picture);
    }
    objects.prepare(began + MEASURE_MS);
    if (highlightsDirty) highlights.show(model.highlights.get());
    if (viewDirty || overlayDirty) {
      const { rings, color } = model.handles.get();
      preview.draw(model.preview.get(), view, { handles: rings, color });
      peers.draw(model.peers.get(), view);
    }
    viewDirty = overlayDirty = highlightsDirty = false;
    renderer.render(root);
    frames.push(performance.now() - began);
    if (frames.length > FRAMES_KEPT) frames.shift();
  }

  const stops = [
    model.view.subscribe(() => {
      viewDirty = true;
      requestDraw();
    }),
    model.size.subscribe(() => {
      const { width, height } = model.size.get();
      renderer.resize(Math.max(1, width), Math.max(1, height));
      viewDirty = true;
      requestDraw();
    }),
    model.style.subscribe(() => {
      const { fill, outlinePx, hideObjects } = model.style.get();
      style.uniforms.uFill = fill;
      style.uniforms.uWidth = outlinePx;
      style.update();
      objects.container.visible = !hideObjects;
      highlights.container.visible = !hideObjects;
      requestDraw();
    }),
    model.ground.subscribe(() => {
      renderer.background.color = model.ground.get();
      requestDraw();
    }),
    model.lookVersion.subscribe(() => objects.recolor()),
    model.highlights.subscribe(() => {
      highlightsDirty = true;
      requestDraw();
    }),
    ...[model.preview, model.peers, model.handles].map((store) =>
      store.subscribe(() => {
        overlayDirty = true;
        requestDraw();
      }),
    ),
    model.document.onChange((change) => {
      objects.apply(change);
      highlightsDirty = true;
    }),
  ];
  requestDraw();

  return {
    canvas,
    previewMask(id, mask, tiles) {
      objects.preview(id, mask, tiles);
      highlightsDirty = true;
    },
    requestDraw,
    cost: () => ({ frames, complete: objects.isComplete() }),
    dispose() {
      disposed = true;
      cancelAnimationFrame(frame);
      for (const stop of stops) stop();
      picture.destroy();
      highlights.destroy();
      objects.destroy();
      peers.destroy();
      root.destroy({ children: true });
      renderer.destroy({ removeView: true });
    },
  };
}

/** Lines between the pixels of the part of the picture that is on screen, only when pixels are big. */
function drawGrid(
  grid: Graphics,
  view: ViewTransform,
  screen: ScreenSize,
  picture: { width: number; height: number },
): void {
  grid.clear();
  if (view.scale < GRID_SCALE) return;
  const x0 = Math.max(0, Math.floor(-view.offsetX / view.scale));
  const y0 = Math.max(0, Math.floor(-view.offsetY / view.scale));
  const x1 = Math.min(picture.width, Math.ceil((screen.width - view.offsetX) / view.scale));
  const y1 = Math.min(picture.height, Math.ceil((screen.height - view.offsetY) / view.scale));
  const sx = (x: number) => x * view.scale + view.offsetX;
  const sy = (y: number) => y * view.scale + view.offsetY;
  for (let x = x0; x <= x1; x++) grid.moveTo(sx(x), sy(y0)).lineTo(sx(x), sy(y1));
  for (let y = y0; y <= y1; y++) grid.moveTo(sx(x0), sy(y)).lineTo(sx(x1), sy(y));
  grid.stroke({ color: "#808080", width: 1, alpha: Math.min(0.5, (view.scale - GRID_SCALE) / 24) });
}
