import type { AnnotationId, Command, ImageDocument } from "@limn/shared/document";
import type { Store } from "../state/store.ts";
import type { Notice } from "./state/notice.ts";

/**
 * Deselects what is deleted. When somebody else deleted it, an offer to restore it stands beside the sentence: what one does to
 * an object while it is deleted is kept with it, and seen again when it is restored. Gives what ends it.
 */
export function watchLostSelection(
  document: ImageDocument,
  selection: Store<readonly AnnotationId[]>,
  notify: (sentence: string, action: NonNullable<Notice["action"]>) => void,
  perform: (label: string, commands: readonly Command[]) => boolean,
): () => void {
  const restore = (ids: readonly AnnotationId[]): void => {
    const still = ids.filter((id) => document.annotation(id)?.deleted === true);
    const done = perform(
      "Restore",
      still.map((id) => ({ kind: "restore", id })),
    );
    if (done || still.length === 0) selection.set(ids);
  };
  return document.onChange(({ removed, local }) => {
    if (removed.length === 0) return;
    const mine = selection.get();
    const gone = mine.filter((id) => removed.includes(id));
    if (gone.length === 0) return;
    selection.set(mine.filter((id) => !gone.includes(id)));
    if (local) return;
    notify(
      gone.length === 1
        ? "Somebody deleted the object you had selected."
        : `Somebody deleted ${gone.length} objects you had selected.`,
      { label: "Restore", run: () => restore(gone) },
    );
  });
}
