import type { Editor } from "./editor.ts";
import type { Highlight } from "./stage/highlight-layer.ts";
import { createStage } from "./stage/stage.ts";
import type { PictureSource } from "./state/picture-source.ts";
import { createStore, type ReadableStore } from "../state/store.ts";

/** A store that is computed from others. */
function derive<T>(
  sources: readonly ReadableStore<unknown>[],
  compute: () => T,
  isSame?: (a: T, b: T) => boolean,
) {
  const store = createStore(compute(), isSame);
  const stops = sources.map((source) => source.subscribe(() => store.set(compute())));
  return { store, stop: () => stops.forEach((stop) => stop()) };
}

function isSameHighlights(a: readonly Highlight[], b: readonly Highlight[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ id, outline, fill }, i) => {
      const other = b[i];
      return id === other?.id && outline === other.outline && fill === other.fill;
    })
  );
}

function groundOf(element: Element): string {
  const probe = document.createElement("canvas").getContext("2d");
  const value = getComputedStyle(element).backgroundColor;
  if (!probe) return "#232427";
  probe.fillStyle = value;
  return probe.fillStyle.slice(0, 7);
}

/**
 * Puts a stage for the editor into the element. Returns the way to take it away again, also while it is still being
 * made; `onFailure` is called when the browser gives no WebGL.
 */
export function mountStage(
  element: HTMLElement,
  editor: Editor,
  picture: PictureSource,
  onFailure: (error: Error) => void,
): () => void {
  const resize = () =>
    editor.viewport.resize({ width: element.clientWidth, height: element.clientHeight });
  resize();
  const watchSize = new ResizeObserver(resize);
  watchSize.observe(element);
  const ground = createStore(groundOf(element));
  const watchTheme = new MutationObserver(() => ground.set(groundOf(element)));
  watchTheme.observe(document.documentElement, { attributes: true });

  const highlights = derive<readonly Highlight[]>(
    [editor.selection, editor.hover, editor.peers],
    () => {
      const shown = new Map<string, Highlight>();
      for (const { state } of editor.peers.get())
        for (const id of state.selection ?? [])
          shown.set(id, { id, outline: state.user.color, fill: 0 });
      const hover = editor.hover.get();
      if (hover !== undefined) shown.set(hover, { id: hover, outline: "#ffffff", fill: 0.12 });
      for (const id of editor.selection.get())
        shown.set(id, { id, outline: "#ffffff", fill: 0.18 });
      return [...shown.values()].filter(({ id }) => !editor.isHidden(id));
    },
    isSameHighlights,
  );
  const style = derive([editor.settings, editor.peek], () => ({
    fill: editor.settings.get().fill,
    outlinePx: editor.settings.get().outlinePx,
    hideObjects: editor.peek.get(),
  }));

  let gone = false;
  let dispose = () => {};
  createStage(element, {
    document: editor.document,
    picture,
    view: editor.viewport,
    size: editor.viewport.size,
    preview: editor.preview,
    peers: editor.peers,
    highlights: highlights.store,
    handles: editor.handles,
    style: style.store,
    look: {
      colorOf: (annotation) => editor.colorOf(annotation.id),
      isHidden: editor.isHidden,
    },
    lookVersion: editor.lookVersion,
    ground,
  }).then(
    (stage) => {
      if (gone) {
        stage.dispose();
        return;
      }
      editor.onPreviewMask(stage.previewMask);
      // Benchmarks and tests read the cost of frames here; the product does not.
      Object.assign(element, { stageCost: stage.cost });
      dispose = stage.dispose;
    },
    (error: unknown) => {
      if (!gone) onFailure(error instanceof Error ? error : new Error(String(error)));
    },
  );
  return () => {
    gone = true;
    watchSize.disconnect();
    watchTheme.disconnect();
    highlights.stop();
    style.stop();
    dispose();
  };
}
