import {
  DocumentError,
  type AnnotationId,
  type AuthorNumber,
  type Command,
  type History,
  type ImageDocument,
} from "@limn/shared/document";
import type { Ring } from "@limn/shared/geometry";
import type { TileMask } from "@limn/shared/raster";
import { watchLostSelection } from "./lost-selection.ts";
import { createOpenQuestions } from "./open-questions.ts";
import { className, UNKNOWN_CLASS_COLOR, type EditorClass } from "./state/class-list.ts";
import type { Notice } from "./state/notice.ts";
import type { Peer } from "./state/peers.ts";
import type { PresenceOut } from "./presence-out.ts";
import { isSamePreview, NO_PREVIEW, type Preview } from "./state/preview.ts";
import type { Settings } from "./state/settings.ts";
import { createStore, isSameList, type ReadableStore, type Store } from "../state/store.ts";
import { createViewport, type Viewport } from "./state/viewport.ts";
import { createToolRunner, type ToolRunner } from "./tool-runner.ts";
import { handleRings } from "./tools/vertex-handles.ts";
import type { Gesture, SegmentAnswer, SegmentRequest, ToolContext, ToolId } from "./tools/tool.ts";

export interface EditorOptions {
  readonly document: ImageDocument;
  readonly history: History;
  readonly author: AuthorNumber;
  readonly classes: ReadableStore<ReadonlyMap<string, EditorClass>>;
  readonly activeClass: Store<string | undefined>;
  readonly settings: Store<Settings>;
  readonly peers: ReadableStore<readonly Peer[]>;
  readonly presence: PresenceOut;
  /** May this person draw here now? */
  readonly writable: ReadableStore<boolean>;
  readonly tool: ToolId;
  newId(): AnnotationId;
  segment(request: SegmentRequest): Promise<SegmentAnswer | undefined>;
  cancelSegment(): void;
}

export interface Editor {
  readonly document: ImageDocument;
  readonly history: History;
  readonly viewport: Viewport;
  readonly runner: ToolRunner;
  readonly selection: Store<readonly AnnotationId[]>;
  readonly hover: Store<AnnotationId | undefined>;
  readonly preview: ReadableStore<Preview>;
  readonly notice: ReadableStore<Notice | undefined>;
  readonly hidden: Store<ReadonlySet<AnnotationId>>;
  readonly locked: Store<ReadonlySet<AnnotationId>>;
  /** M held: the picture without objects. */
  readonly peek: Store<boolean>;
  readonly settings: Store<Settings>;
  readonly classes: ReadableStore<ReadonlyMap<string, EditorClass>>;
  readonly activeClass: Store<string | undefined>;
  readonly writable: ReadableStore<boolean>;
  readonly peers: ReadableStore<readonly Peer[]>;
  readonly handles: ReadableStore<{ rings: readonly Ring[]; color: string }>;
  /** Counts changes of colours and visibility. */
  readonly lookVersion: ReadableStore<number>;
  colorOf(id: AnnotationId): string;
  isHidden(id: AnnotationId): boolean;
  /** The stage hands in how a stroke under way is shown. */
  onPreviewMask(show: ToolContext["previewMask"]): void;
  undo(): void;
  redo(): void;
  deleteSelection(): void;
  setClass(classId: string): void;
  pointerAt(point: { x: number; y: number } | undefined): void;
  notify(sentence: string): void;
  /** Lays the tool down and waits, not for ever, until what the network was asked is stored. */
  finish(): Promise<void>;
  dispose(): void;
}

/** An answer that takes longer is not waited for when the image is left. */
const FINISH_MS = 8000;

/** Wires document, tools, view and presence together; has no rules of its own and knows neither React nor pixi. */
export function createEditor(options: EditorOptions): Editor {
  const { document, history, presence } = options;
  const viewport = createViewport(document.size);
  const selection = createStore<readonly AnnotationId[]>([], isSameList);
  const hover = createStore<AnnotationId | undefined>(undefined);
  const preview = createStore<Preview>(NO_PREVIEW, isSamePreview);
  const notice = createStore<Notice | undefined>(undefined);
  const hidden = createStore<ReadonlySet<AnnotationId>>(new Set());
  const locked = createStore<ReadonlySet<AnnotationId>>(new Set());
  const peek = createStore(false);
  const lookVersion = createStore(0);
  const handles = createStore<{ rings: readonly Ring[]; color: string }>(
    { rings: [], color: "#ffffff" },
    (a, b) => a.color === b.color && isSameList(a.rings, b.rings),
  );
  let showMask: ToolContext["previewMask"] = () => {};
  let notices = 0;
  let disposed = false;
  const questions = createOpenQuestions();

  const notify = (sentence: string, action?: Notice["action"]): void =>
    notice.set({ id: ++notices, sentence, ...(action ? { action } : {}) });
  const colorOf = (id: AnnotationId): string => {
    const annotation = document.annotation(id);
    return options.classes.get().get(annotation?.classId ?? "")?.color ?? UNKNOWN_CLASS_COLOR;
  };
  const isHidden = (id: AnnotationId): boolean => hidden.get().has(id);
  const isLocked = (id: AnnotationId): boolean => locked.get().has(id);

  const mayDraw = (): boolean => {
    // An answer of the network may come after the image was left.
    if (disposed) return false;
    if (options.writable.get()) return true;
    notify("You can look at this image but not draw on it; ask a lead for the role labeler.");
    return false;
  };
  /** Runs a change; a refusal by the document becomes a sentence. */
  const attempt = (change: () => void): boolean => {
    try {
      change();
      return true;
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      notify(error.message);
      return false;
    }
  };
  const perform = (label: string, commands: readonly Command[]): boolean =>
    commands.length > 0 && mayDraw() && attempt(() => history.perform(label, commands));

  const begin = (label: string): Gesture | undefined => {
    if (!mayDraw()) return undefined;
    const gesture = history.begin(label);
    return {
      perform: (commands) => {
        if (commands.length > 0) attempt(() => gesture.perform(commands));
      },
      end: () => gesture.end(),
      cancel: () => gesture.cancel(),
    };
  };

  const undo = (): void => {
    if (runner.undo()) return;
    const done = history.undo();
    if (!done) notify("There is nothing of yours to undo on this image.");
    else
      notify(
        done.partial
          ? `Undid “${done.label}” as far as it was yours: somebody has built on it since.`
          : `Undid “${done.label}”.`,
      );
  };

  const ctx: ToolContext = {
    document,
    author: options.author,
    scale: () => viewport.get().scale,
    newId: options.newId,
    classId: () => options.activeClass.get(),
    selection,
    hover,
    preview,
    brush: {
      get: () => ({ radius: options.settings.get().brushRadius }),
      subscribe: options.settings.subscribe,
    },
    isHidden,
    isLocked,
    perform,
    begin,
    undo: () => void history.undo(),
    undoLabel: () => history.undoLabel(),
    previewMask: (id: AnnotationId, mask: TileMask, tiles) => showMask(id, mask, tiles),
    segment: (request) =>
      disposed ? Promise.resolve(undefined) : questions.follow(options.segment(request)),
    cancelSegment: options.cancelSegment,
    notify,
    showDraft: presence.draft,
    showStroke: presence.stroke,
  };
  const runner = createToolRunner(ctx, options.tool);

  const tellTool = (): void => {
    const { id, label } = runner.tool.get();
    const active = options.activeClass.get();
    const name = active === undefined ? undefined : className(options.classes.get(), active);
    const short = id === "smart" ? "smart" : label.toLowerCase();
    presence.tool(
      id === "select" || id === "pan" || name === undefined ? short : `${short} · ${name}`,
    );
  };
  const refreshHandles = (): void => {
    const [id, ...rest] = selection.get();
    const shown =
      id !== undefined &&
      rest.length === 0 &&
      runner.tool.get().id === "select" &&
      !isLocked(id) &&
      !isHidden(id);
    handles.set({
      rings: shown ? handleRings(document.annotation(id)) : [],
      color: id === undefined ? "#ffffff" : colorOf(id),
    });
  };
  const bumpLook = (): void => lookVersion.update((version) => version + 1);

  const stops = [
    selection.subscribe(() => {
      presence.selection(selection.get());
      refreshHandles();
    }),
    runner.tool.subscribe(() => {
      tellTool();
      refreshHandles();
    }),
    options.activeClass.subscribe(tellTool),
    options.classes.subscribe(() => {
      bumpLook();
      refreshHandles();
    }),
    hidden.subscribe(bumpLook),
    locked.subscribe(refreshHandles),
    watchLostSelection(document, selection, notify, perform),
    document.onChange(({ changed }) => {
      if (selection.get().some((id) => changed.includes(id))) refreshHandles();
    }),
  ];
  tellTool();

  return {
    document,
    history,
    viewport,
    runner,
    selection,
    hover,
    preview,
    notice,
    hidden,
    locked,
    peek,
    settings: options.settings,
    classes: options.classes,
    activeClass: options.activeClass,
    writable: options.writable,
    peers: options.peers,
    handles,
    lookVersion,
    colorOf,
    isHidden,
    onPreviewMask(show) {
      showMask = show;
    },
    undo,
    redo() {
      const done = history.redo();
      notify(done ? `Redid “${done.label}”.` : "There is nothing to redo.");
    },
    deleteSelection() {
      runner.settle();
      const ids = selection.get().filter((id) => !isLocked(id));
      if (ids.length < selection.get().length) notify("Locked objects were left.");
      if (
        perform(
          "Delete",
          ids.map((id) => ({ kind: "delete", id, at: Date.now() })),
        )
      )
        selection.set([]);
    },
    setClass(classId) {
      options.activeClass.set(classId);
      const ids = selection.get().filter((id) => !isLocked(id));
      if (ids.length > 0)
        perform(
          "Change class",
          ids.map((id) => ({ kind: "set-class", id, classId })),
        );
    },
    pointerAt: presence.cursor,
    notify,
    async finish() {
      runner.choose("select");
      await questions.settled(FINISH_MS);
    },
    dispose() {
      disposed = true;
      runner.dispose();
      if (questions.count > 0) options.cancelSegment();
      for (const stop of stops) stop();
      document.dispose();
    },
  };
}
