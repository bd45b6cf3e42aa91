import type { Draft } from "./drafts.ts";
import { createStore } from "../state/store.ts";
import type { OfflineCopy } from "./offline-copy.ts";

const draftsByRoom = new Map<string, Draft[]>();
const historyByRoom = new Map<string, unknown>();

/** Stands in for the copy in the browser's storage: drafts and undo last as long as the page, the document not at all. */
export function createPageCopy(room: string): OfflineCopy {
  return {
    load: () => Promise.resolve({ count: 0, ids: [] }),
    follow: () => () => {},
    setWaiting() {},
    // As well as it ever will be.
    kept: createStore(true),
    forget() {
      historyByRoom.delete(room);
      return Promise.resolve();
    },
    addDraft(draft) {
      draftsByRoom.set(room, [...(draftsByRoom.get(room) ?? []), draft]);
      return Promise.resolve();
    },
    drafts: () => Promise.resolve([...(draftsByRoom.get(room) ?? [])]),
    dropDrafts() {
      draftsByRoom.delete(room);
      return Promise.resolve();
    },
    loadHistory: () => Promise.resolve(historyByRoom.get(room)),
    saveHistory(history) {
      historyByRoom.set(room, history);
      return Promise.resolve();
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
