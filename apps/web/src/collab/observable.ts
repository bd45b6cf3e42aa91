/** A value that can be watched; fits React's useSyncExternalStore. */
export interface Observable<T> {
  readonly get: () => T;
  readonly subscribe: (listener: () => void) => () => void;
}

export interface SettableObservable<T> extends Observable<T> {
  /** Setting the value that is there already tells nobody. */
  readonly set: (value: T) => void;
}

export function createObservable<T>(
  initial: T,
  isSame: (a: T, b: T) => boolean = Object.is,
): SettableObservable<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (isSame(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
