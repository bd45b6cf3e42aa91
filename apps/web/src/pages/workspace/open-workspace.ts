import type { Image, Me } from "@limn/shared/api";
import { createAuthorNumber, createHistory, openImageDocument } from "@limn/shared/document";
import { openImage } from "../../collab/open-image.ts";
import type { ImageSession } from "../../collab/session.ts";
import { createEditor, type Editor } from "../../workspace/editor.ts";
import type { PresenceOut } from "../../workspace/presence-out.ts";
import type { EditorClass } from "../../workspace/state/class-list.ts";
import { createSettings } from "../../workspace/state/settings.ts";
import { createStore, type ReadableStore, type Store } from "../../state/store.ts";
import { keepViewState } from "../../workspace/state/view-state.ts";
import type { SegmentAnswer, SegmentRequest, ToolId } from "../../workspace/tools/tool.ts";

/** Random per page load, and bound by the server to whoever uses it first; never stored, because a cloned tab would repeat its counters. */
const author = createAuthorNumber(Math.random);
const settings = createSettings(globalThis.localStorage);
let lastTool: ToolId = "select";
/** Images that are being left: what the network was asked there is still to be stored, with its step of undo. */
const leaving = new Map<string, Promise<void>>();

export interface OpenWorkspace {
  readonly image: Image;
  readonly session: ImageSession;
  readonly editor: Editor;
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly image: Image;
  readonly me: Me;
  readonly write: boolean;
  readonly classes: ReadableStore<ReadonlyMap<string, EditorClass>>;
  readonly activeClass: Store<string | undefined>;
  segment(image: Image, request: SegmentRequest): Promise<SegmentAnswer | undefined>;
  cancelSegment(): void;
}

/** Joins the room of an image and puts an editor on its document. */
export async function openWorkspace(options: OpenOptions): Promise<OpenWorkspace> {
  const { image, me } = options;
  // Whoever comes back at once takes up the steps that are still coming.
  await leaving.get(image.id);
  const session = await openImage({
    imageId: image.id,
    user: { id: me.id, name: me.name, color: me.color },
    write: options.write,
    onError: (error) => console.warn("The copy of this image in the browser does not work:", error),
  });
  const document = openImageDocument(session.doc, { width: image.width, height: image.height });
  const history = createHistory({ document, author });
  const stored = await session.loadHistory().catch(() => undefined);
  if (stored !== undefined) history.restore(stored);
  let saving = Promise.resolve();
  const stopHistory = history.onChange(() => {
    saving = session.saveHistory(history.serialize()).catch(() => undefined);
  });

  const editor = createEditor({
    document,
    history,
    author,
    classes: options.classes,
    activeClass: options.activeClass,
    settings,
    peers: session.presence.peers,
    presence: createPresenceOut(session, () => editor.viewport.get().scale),
    writable: session.writable,
    tool: lastTool,
    newId: randomId,
    segment: (request) => options.segment(image, request),
    cancelSegment: options.cancelSegment,
  });
  const stopView = keepViewState(
    localStorage,
    `${me.id}/${image.id}`,
    editor.hidden,
    editor.locked,
  );
  const stopTool = editor.runner.tool.subscribe(() => {
    lastTool = editor.runner.tool.get().id;
  });
  const finish = async (): Promise<void> => {
    // A box drawn just before the image was left still becomes an object.
    await editor.finish();
    stopHistory();
    await saving;
    editor.dispose();
  };
  return {
    image,
    session,
    editor,
    async close() {
      stopTool();
      stopView();
      const finished = finish();
      leaving.set(image.id, finished);
      try {
        await finished;
      } finally {
        if (leaving.get(image.id) === finished) leaving.delete(image.id);
      }
      await session.dispose();
    },
  };
}

/** 12 random bytes as base64url: nobody else will make the same. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCodePoint(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

function createPresenceOut(session: ImageSession, scale: () => number): PresenceOut {
  const { presence } = session;
  let strokes = 0;
  return {
    cursor: (point) => presence.pointAt(point, 1 / scale()),
    tool: (tool) => presence.show({ tool }),
    selection: (selection) => presence.show({ selection }),
    draft: (draft) => presence.show({ draft }),
    stroke(stroke) {
      presence.show({
        stroke: stroke && {
          ...stroke,
          points: stroke.points.slice(-128),
          author: author.author,
          counter: ++strokes,
        },
      });
      // What was just committed must not be seen twice.
      if (!stroke) presence.flush();
    },
  };
}

/** The class that new objects get, remembered per project. */
export function createActiveClass(
  projectId: string,
  classes: ReadableStore<ReadonlyMap<string, EditorClass>>,
): Store<string | undefined> {
  const key = `limn.class.${projectId}`;
  const store = createStore<string | undefined>(localStorage.getItem(key) ?? undefined);
  const check = (): void => {
    const present = [...classes.get().values()].filter((item) => !item.removed);
    if (!present.some((item) => item.id === store.get())) store.set(present[0]?.id);
  };
  classes.subscribe(check);
  store.subscribe(() => {
    const chosen = store.get();
    if (chosen !== undefined) localStorage.setItem(key, chosen);
  });
  return store;
}
