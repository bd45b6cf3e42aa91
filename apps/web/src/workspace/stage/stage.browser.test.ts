import {
  applyCommands,
  brushOperations,
  createAuthorNumber,
  openImageDocument,
} from "@limn/shared/document";
import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { NO_PREVIEW } from "../state/preview.ts";
import { createStore } from "../../state/store.ts";
import { createViewport } from "../state/viewport.ts";
import { createStage, type Stage } from "./stage.ts";

const size = { width: 400, height: 300 };
let stage: Stage | undefined;
afterEach(() => {
  stage?.dispose();
  stage = undefined;
});

async function flatBitmap(width: number, height: number, color: string): Promise<ImageBitmap> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2d context");
  context.fillStyle = color;
  context.fillRect(0, 0, width, height);
  return createImageBitmap(canvas);
}

async function setUp() {
  const host = document.createElement("div");
  host.style.cssText = "position:relative;width:400px;height:300px";
  document.body.append(host);
  const image = openImageDocument(new Y.Doc(), size);
  const author = createAuthorNumber(Math.random);
  const viewport = createViewport(size);
  viewport.resize({ width: 400, height: 300 });
  viewport.zoomTo(1, { x: 0, y: 0 });
  const { offsetX, offsetY } = viewport.get();
  viewport.pan({ x: -offsetX, y: -offsetY });
  const style = createStore({ fill: 0.5, outlinePx: 2, hideObjects: false });
  stage = await createStage(host, {
    document: image,
    picture: {
      ...size,
      tile: () => flatBitmap(400, 300, "#0000ff"),
      thumbnail: () => flatBitmap(100, 75, "#0000ff"),
    },
    view: viewport,
    size: viewport.size,
    preview: createStore(NO_PREVIEW),
    peers: createStore([]),
    highlights: createStore([]),
    handles: createStore({ rings: [], color: "#ffffff" }),
    style,
    look: { colorOf: () => "#ff0000", isHidden: () => false },
    lookVersion: createStore(0),
    ground: createStore("#232427"),
  });
  return { image, author, viewport, style, stage };
}

/** The colour on screen, after everything that waits has been drawn. */
async function colorAt(
  on: Stage,
  points: readonly (readonly [number, number])[],
): Promise<number[][]> {
  // Tiles come by promise; two frames let them arrive and be drawn.
  for (let i = 0; i < 3; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  on.requestDraw();
  return new Promise((resolve) => {
    // Same frame as the draw: the buffer is still there.
    requestAnimationFrame(() => {
      const copy = document.createElement("canvas");
      copy.width = on.canvas.width;
      copy.height = on.canvas.height;
      const context = copy.getContext("2d");
      context?.drawImage(on.canvas, 0, 0);
      const ratio = devicePixelRatio;
      resolve(
        points.map(([x, y]) =>
          [...(context?.getImageData(x * ratio, y * ratio, 1, 1).data ?? [])].slice(0, 3),
        ),
      );
    });
  });
}

const near = (color: readonly number[] | undefined, wanted: readonly number[]) => {
  for (let i = 0; i < 3; i++)
    expect(
      Math.abs((color?.[i] ?? -99) - (wanted[i] ?? 0)),
      `${color?.join()} is not ${wanted.join()}`,
    ).toBeLessThanOrEqual(3);
};

test("the picture, a mask with its fill and outline, and a polygon are drawn where they are", async () => {
  const { image, author, stage: on } = await setUp();
  applyCommands(
    image,
    [
      {
        kind: "create",
        id: "mask0001",
        shape: "mask",
        classId: "c",
        operations: brushOperations(author, { mode: "add", radius: 40, points: [100, 100] }),
      },
      {
        kind: "create",
        id: "poly0001",
        shape: "polygon",
        classId: "c",
        rings: [[200, 50, 300, 50, 300, 150, 200, 150]],
      },
    ],
    "test",
  );
  const [ground, inMask, onEdge, inPolygon, outside] = await colorAt(on, [
    [20, 20],
    [100, 100],
    [59.5, 100],
    [250, 100],
    [350, 250],
  ]);
  near(ground, [0, 0, 255]);
  near(inMask, [128, 0, 128]);
  near(onEdge, [255, 0, 0]);
  near(inPolygon, [128, 0, 128]);
  near(outside, [0, 0, 255]);
});

test("a stroke of the eraser shows at once, hiding shows the bare picture, and the fill follows the slider", async () => {
  const { image, author, style, stage: on } = await setUp();
  applyCommands(
    image,
    [
      {
        kind: "create",
        id: "mask0001",
        shape: "mask",
        classId: "c",
        operations: brushOperations(author, { mode: "add", radius: 60, points: [200, 150] }),
      },
    ],
    "test",
  );
  near((await colorAt(on, [[200, 150]]))[0], [128, 0, 128]);
  applyCommands(
    image,
    [
      {
        kind: "append-operations",
        id: "mask0001",
        operations: brushOperations(author, { mode: "remove", radius: 20, points: [200, 150] }),
      },
    ],
    "test",
  );
  const [hole, rim] = await colorAt(on, [
    [200, 150],
    [230, 150],
  ]);
  near(hole, [0, 0, 255]);
  near(rim, [128, 0, 128]);
  style.set({ fill: 1, outlinePx: 0, hideObjects: false });
  near((await colorAt(on, [[230, 150]]))[0], [255, 0, 0]);
  style.set({ fill: 1, outlinePx: 0, hideObjects: true });
  near((await colorAt(on, [[230, 150]]))[0], [0, 0, 255]);
});

test("nothing is drawn while nothing changes", async () => {
  const { stage: on } = await setUp();
  await colorAt(on, [[1, 1]]);
  const before = on.cost().frames.length;
  for (let i = 0; i < 10; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  expect(on.cost().frames.length).toBe(before);
});
