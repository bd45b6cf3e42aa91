import type { Editor } from "../editor.ts";
import { ACTIONS, type WorkspaceActions } from "./actions.ts";
import type { PointerInput } from "./pointer.ts";

/** A tap on Space finishes a shape; held longer, or with a drag, it moves the picture. */
const TAP_MS = 180;

/** The chord of a keyboard event, by physical key: "Mod+Shift+KeyZ". */
function chordOf(
  event: Pick<KeyboardEvent, "code" | "ctrlKey" | "metaKey" | "shiftKey" | "altKey">,
): string {
  return [
    event.ctrlKey || event.metaKey ? "Mod+" : "",
    event.altKey ? "Alt+" : "",
    event.shiftKey ? "Shift+" : "",
    event.code,
  ].join("");
}

const byChord = new Map(
  ACTIONS.flatMap((action) => action.keys.map((key) => [key, action] as const)),
);

/** Is the person typing into a field, or is a dialog or menu open that has the keys? */
function isElsewhere(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest(
      'input:not([type="range"]):not([type="checkbox"]), textarea, select, [role="dialog"], [role="menu"]',
    ) !== null
  );
}

/** Keys of the workspace. Physical positions, so that a French or Russian keyboard has them in the same places. */
export function attachKeyboard(
  editor: Editor,
  workspace: () => WorkspaceActions,
  pointer: PointerInput,
): () => void {
  let spaceDownAt = 0;

  function down(event: KeyboardEvent): void {
    if (isElsewhere(event.target)) return;
    if (event.code === "Space") {
      // A button in focus keeps its own Space.
      if (event.target instanceof HTMLButtonElement) return;
      event.preventDefault();
      if (!event.repeat) {
        spaceDownAt = performance.now();
        pointer.setSpace(true);
      }
      return;
    }
    if (event.code === "KeyM" && chordOf(event) === "KeyM") {
      editor.peek.set(true);
      return;
    }
    if (event.code === "Enter" && event.target instanceof HTMLButtonElement) return;
    if (event.code === "Enter" || event.code === "NumpadEnter" || event.code === "KeyN")
      if (chordOf(event) === event.code && editor.runner.key("finish")) {
        event.preventDefault();
        return;
      }
    if (event.code === "Escape") {
      if (!editor.runner.key("escape")) editor.selection.set([]);
      return;
    }
    if (event.code === "Backspace") {
      event.preventDefault();
      if (!editor.runner.key("back")) editor.deleteSelection();
      return;
    }
    // The question mark is somewhere else on most national keyboards: what is printed counts here.
    const action = byChord.get(event.key === "?" ? "Shift+Slash" : chordOf(event));
    if (!action) return;
    event.preventDefault();
    if (action.writes && !editor.writable.get()) {
      editor.notify(
        "You can look at this image but not draw on it; ask a lead for the role labeler.",
      );
      return;
    }
    action.run(editor, workspace());
  }

  function up(event: KeyboardEvent): void {
    if (event.code === "KeyM") editor.peek.set(false);
    if (event.code !== "Space" || spaceDownAt === 0) return;
    const tapped = performance.now() - spaceDownAt < TAP_MS && !pointer.spaceWasUsed();
    spaceDownAt = 0;
    pointer.setSpace(false);
    if (tapped && !isElsewhere(event.target)) editor.runner.key("finish");
  }

  /** The window lost the keys: nothing may stay held. */
  function blur(): void {
    spaceDownAt = 0;
    pointer.setSpace(false);
    editor.peek.set(false);
  }

  globalThis.addEventListener("keydown", down);
  globalThis.addEventListener("keyup", up);
  globalThis.addEventListener("blur", blur);
  return () => {
    globalThis.removeEventListener("keydown", down);
    globalThis.removeEventListener("keyup", up);
    globalThis.removeEventListener("blur", blur);
  };
}
