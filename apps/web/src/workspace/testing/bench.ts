import {
  createAuthorNumber,
  createHistory,
  openImageDocument,
  type Annotation,
} from "@limn/shared/document";
import * as Y from "yjs";
import { createEditor, type Editor } from "../editor.ts";
import type { EditorClass } from "../state/class-list.ts";
import { DEFAULT_SETTINGS } from "../state/settings.ts";
import { createStore } from "../../state/store.ts";
import type { SegmentAnswer, SegmentRequest, ToolEvent, ToolId, ToolKey } from "../tools/tool.ts";

export interface BenchOptions {
  readonly tool: ToolId;
  readonly doc?: Y.Doc;
  readonly writable?: boolean;
  readonly brushRadius?: number;
  segment?(request: SegmentRequest): Promise<SegmentAnswer | undefined>;
  cancelSegment?(): void;
}

type Modifiers = Partial<Pick<ToolEvent, "shift" | "alt" | "ctrl" | "button">>;

export interface Bench {
  readonly editor: Editor;
  press(x: number, y: number, modifiers?: Modifiers): Bench;
  move(x: number, y: number, modifiers?: Modifiers): Bench;
  release(x: number, y: number, modifiers?: Modifiers): Bench;
  click(x: number, y: number, modifiers?: Modifiers): Bench;
  drag(points: readonly (readonly [number, number])[], modifiers?: Modifiers): Bench;
  key(key: ToolKey): Bench;
  /** Lets answers of the network arrive. */
  settle(): Promise<void>;
  notice(): string | undefined;
  /** The one object that there is. */
  only(): Annotation;
}

/** A real editor over a real document of 200 x 100 px at 100 %, driven by gestures in image pixels. */
export function createBench(options: BenchOptions): Bench {
  const document = openImageDocument(options.doc ?? new Y.Doc(), { width: 200, height: 100 });
  let ids = 0;
  const seed = options.doc?.clientID ?? 7;
  let state = seed;
  const author = createAuthorNumber(() => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
  const classes: ReadonlyMap<string, EditorClass> = new Map([
    ["car", { id: "car", name: "car", color: "#ff0000", removed: false }],
    ["cat", { id: "cat", name: "cat", color: "#00ff00", removed: false }],
  ]);
  const editor = createEditor({
    document,
    history: createHistory({ document, author }),
    author,
    classes: createStore(classes),
    activeClass: createStore<string | undefined>("car"),
    settings: createStore({ ...DEFAULT_SETTINGS, brushRadius: options.brushRadius ?? 5 }),
    peers: createStore([]),
    presence: {
      cursor: () => {},
      tool: () => {},
      selection: () => {},
      draft: () => {},
      stroke: () => {},
    },
    writable: createStore(options.writable ?? true),
    tool: options.tool,
    newId: () => `${seed}-object-${++ids}`,
    segment: options.segment ?? (() => Promise.resolve(undefined)),
    cancelSegment: options.cancelSegment ?? (() => {}),
  });
  editor.viewport.resize({ width: 200, height: 100 });
  editor.viewport.zoomTo(1, { x: 0, y: 0 });
  const { offsetX, offsetY } = editor.viewport.get();
  editor.viewport.pan({ x: -offsetX, y: -offsetY });

  const event = (x: number, y: number, modifiers: Modifiers = {}): ToolEvent => ({
    point: { x, y },
    screen: { x, y },
    button: 0,
    shift: false,
    alt: false,
    ctrl: false,
    pressure: 0.5,
    samples: [{ x, y }],
    ...modifiers,
  });
  const bench: Bench = {
    editor,
    press(x, y, modifiers) {
      editor.runner.down(event(x, y, modifiers));
      return bench;
    },
    move(x, y, modifiers) {
      editor.runner.move(event(x, y, modifiers));
      return bench;
    },
    release(x, y, modifiers) {
      editor.runner.up(event(x, y, modifiers));
      return bench;
    },
    click: (x, y, modifiers) =>
      bench.move(x, y, modifiers).press(x, y, modifiers).release(x, y, modifiers),
    drag(points, modifiers) {
      const [first, ...rest] = points;
      const last = points.at(-1);
      if (!first || !last) return bench;
      bench.press(first[0], first[1], modifiers);
      for (const [x, y] of rest) bench.move(x, y, modifiers);
      return bench.release(last[0], last[1], modifiers);
    },
    key(key) {
      editor.runner.key(key);
      return bench;
    },
    settle: () => new Promise((resolve) => setTimeout(resolve, 0)),
    notice: () => editor.notice.get()?.sentence,
    only() {
      const [first, ...rest] = document.list();
      if (!first || rest.length > 0)
        throw new Error(`${document.list().length} objects where one was expected`);
      return first;
    },
  };
  return bench;
}
