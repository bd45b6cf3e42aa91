import { useSyncExternalStore } from "react";
import type { ReadableStore } from "../../state/store.ts";

/** How panels read the editor's state. */
export function useStore<T>(store: ReadableStore<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** Only what `select` makes of the value, a primitive: the component is not drawn again while that stays. */
export function useStoreValue<T, S extends string | number | boolean | undefined>(
  store: ReadableStore<T>,
  select: (value: T) => S,
): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
