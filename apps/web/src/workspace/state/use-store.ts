import { useSyncExternalStore } from "react";
import type { ReadableStore } from "../../state/store.ts";

/** The one hook through which panels read the editor's state. */
export function useStore<T>(store: ReadableStore<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
