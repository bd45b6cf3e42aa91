import type { Editor } from "../editor.ts";
import { TOOLS } from "../tools/index.ts";

/** What the workspace around the editor can do. */
export interface WorkspaceActions {
  nextImage(): void;
  previousImage(): void;
  showKeys(): void;
  /** One sentence about the state of saving. */
  describeSaving(): string;
}

/** An action as data: the keyboard, the cheat sheet and the toolbar read this one list. */
export interface Action {
  readonly id: string;
  readonly label: string;
  readonly group: "Tools" | "View" | "Objects" | "Images" | "Edit";
  /** Physical key with modifiers, as "Mod+Shift+KeyZ"; Mod is Ctrl or Cmd. */
  readonly keys: readonly string[];
  /** As printed for people. */
  readonly shown: string;
  readonly writes?: boolean;
  run(editor: Editor, workspace: WorkspaceActions): void;
}

const BRUSH_STEP = 1.15;
const setBrush = (editor: Editor, factor: number): void =>
  editor.settings.update((before) => ({
    ...before,
    brushRadius: Math.min(
      512,
      Math.max(0.5, Math.round(before.brushRadius * factor * 4) / 4 || 0.5),
    ),
  }));

function toggle(editor: Editor, which: "hidden" | "locked", others: boolean): void {
  const selected = new Set(editor.selection.get());
  const ids = others
    ? editor.document
        .list()
        .map((annotation) => annotation.id)
        .filter((id) => !selected.has(id))
    : [...selected];
  if (ids.length === 0) {
    editor.notify(others ? "There are no other objects." : "Select an object first.");
    return;
  }
  editor[which].update((before) => {
    const next = new Set(before);
    const off = ids.every((id) => before.has(id));
    for (const id of ids)
      if (off) next.delete(id);
      else next.add(id);
    return next;
  });
}

const tools: Action[] = TOOLS.map((tool) => ({
  id: `tool-${tool.id}`,
  label: tool.label,
  group: "Tools",
  keys: [tool.code],
  shown: tool.printed,
  writes: tool.writes,
  run: (editor) => editor.runner.choose(tool.id),
}));

const classes: Action[] = Array.from({ length: 9 }, (_, i) => ({
  id: `class-${i + 1}`,
  label: `Class ${i + 1} (also of what is selected)`,
  group: "Objects",
  keys: [`Digit${i + 1}`, `Numpad${i + 1}`],
  shown: String(i + 1),
  run: (editor) => {
    const present = [...editor.classes.get().values()].filter((item) => !item.removed);
    const chosen = present[i];
    if (chosen) editor.setClass(chosen.id);
    else editor.notify(`There is no class number ${i + 1}.`);
  },
}));

export const ACTIONS: readonly Action[] = [
  ...tools,
  {
    id: "brush-smaller",
    label: "Smaller brush",
    group: "Tools",
    keys: ["BracketLeft"],
    shown: "[",
    run: (editor) => setBrush(editor, 1 / BRUSH_STEP),
  },
  {
    id: "brush-bigger",
    label: "Bigger brush",
    group: "Tools",
    keys: ["BracketRight"],
    shown: "]",
    run: (editor) => setBrush(editor, BRUSH_STEP),
  },
  {
    id: "next-candidate",
    label: "Smart: another mask of the network's",
    group: "Tools",
    keys: ["KeyZ"],
    shown: "Z",
    writes: true,
    run: (editor) => {
      if (!editor.runner.key("next"))
        editor.notify(
          "There is no other mask to choose: the network gave one, or nothing is asked.",
        );
    },
  },
  {
    id: "undo",
    label: "Undo my last step",
    group: "Edit",
    keys: ["Mod+KeyZ"],
    shown: "Ctrl+Z",
    run: (editor) => editor.undo(),
  },
  {
    id: "redo",
    label: "Redo",
    group: "Edit",
    keys: ["Mod+Shift+KeyZ", "Mod+KeyY"],
    shown: "Ctrl+Shift+Z",
    run: (editor) => editor.redo(),
  },
  {
    id: "delete",
    label: "Delete what is selected",
    group: "Objects",
    keys: ["Delete"],
    shown: "Del",
    run: (editor) => editor.deleteSelection(),
  },
  {
    id: "select-all",
    label: "Select all",
    group: "Objects",
    keys: ["Mod+KeyA"],
    shown: "Ctrl+A",
    run: (editor) =>
      editor.selection.set(
        editor.document
          .list()
          .map((annotation) => annotation.id)
          .filter((id) => !editor.isHidden(id)),
      ),
  },
  ...classes,
  {
    id: "hide",
    label: "Hide or show",
    group: "Objects",
    keys: ["KeyT"],
    shown: "T",
    run: (editor) => toggle(editor, "hidden", false),
  },
  {
    id: "hide-others",
    label: "Hide or show all others",
    group: "Objects",
    keys: ["Shift+KeyT"],
    shown: "Shift+T",
    run: (editor) => toggle(editor, "hidden", true),
  },
  {
    id: "lock",
    label: "Lock or unlock",
    group: "Objects",
    keys: ["KeyL"],
    shown: "L",
    run: (editor) => toggle(editor, "locked", false),
  },
  {
    id: "lock-others",
    label: "Lock or unlock all others",
    group: "Objects",
    keys: ["Shift+KeyL"],
    shown: "Shift+L",
    run: (editor) => toggle(editor, "locked", true),
  },
  {
    id: "fit",
    label: "Fit the picture",
    group: "View",
    keys: ["Shift+Digit1"],
    shown: "Shift+1",
    run: (editor) => editor.viewport.fit(),
  },
  {
    id: "fit-selection",
    label: "Zoom to what is selected",
    group: "View",
    keys: ["Shift+Digit2"],
    shown: "Shift+2",
    run: zoomToSelection,
  },
  {
    id: "full-size",
    label: "100 %",
    group: "View",
    keys: ["Shift+Digit0"],
    shown: "Shift+0",
    run: (editor) => editor.viewport.zoomTo(1),
  },
  {
    id: "zoom-in",
    label: "Zoom in",
    group: "View",
    keys: ["Equal", "NumpadAdd"],
    shown: "+",
    run: (editor) => editor.viewport.zoomBy(1.4),
  },
  {
    id: "zoom-out",
    label: "Zoom out",
    group: "View",
    keys: ["Minus", "NumpadSubtract"],
    shown: "−",
    run: (editor) => editor.viewport.zoomBy(1 / 1.4),
  },
  {
    id: "next-image",
    label: "Next image",
    group: "Images",
    keys: ["KeyF", "ArrowRight", "PageDown"],
    shown: "F",
    run: (_, workspace) => workspace.nextImage(),
  },
  {
    id: "previous-image",
    label: "Previous image",
    group: "Images",
    keys: ["KeyD", "ArrowLeft", "PageUp"],
    shown: "D",
    run: (_, workspace) => workspace.previousImage(),
  },
  {
    id: "filmstrip",
    label: "Show or hide the filmstrip",
    group: "View",
    keys: ["Shift+KeyF"],
    shown: "Shift+F",
    run: (editor) =>
      editor.settings.update((before) => ({ ...before, filmstrip: !before.filmstrip })),
  },
  {
    id: "save",
    label: "Is everything saved?",
    group: "Edit",
    keys: ["Mod+KeyS"],
    shown: "Ctrl+S",
    run: (editor, workspace) => editor.notify(workspace.describeSaving()),
  },
  {
    id: "keys",
    label: "Show all keys",
    group: "View",
    keys: ["Shift+Slash", "F1"],
    shown: "?",
    run: (_, workspace) => workspace.showKeys(),
  },
];

function zoomToSelection(editor: Editor): void {
  const boxes = editor.selection.get().flatMap((id) => editor.document.bounds(id) ?? []);
  const first = boxes[0];
  if (!first) {
    editor.notify("Select an object first.");
    return;
  }
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  editor.viewport.fitTo({ x, y, width: right - x, height: bottom - y });
}
