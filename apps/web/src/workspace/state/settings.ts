import { createStore, type Store } from "../../state/store.ts";

/** What a person likes; kept in this browser. */
export interface Settings {
  readonly brushRadius: number;
  /** Opacity of the fill, 0..1. */
  readonly fill: number;
  readonly outlinePx: number;
  readonly filmstrip: boolean;
  readonly panel: boolean;
}

export const DEFAULT_SETTINGS: Settings = {
  brushRadius: 20,
  fill: 0.35,
  outlinePx: 1.5,
  filmstrip: true,
  panel: true,
};

const KEY = "limn.settings";

/** Settings that survive a reload. `storage` may refuse (private windows): then they last as long as the page. */
export function createSettings(storage: Storage | undefined): Store<Settings> {
  const store = createStore<Settings>({ ...DEFAULT_SETTINGS, ...read(storage) });
  store.subscribe(() => {
    try {
      storage?.setItem(KEY, JSON.stringify(store.get()));
    } catch {
      // Nothing is lost but a preference.
    }
  });
  return store;
}

function read(storage: Storage | undefined): Partial<Settings> {
  try {
    const value: unknown = JSON.parse(storage?.getItem(KEY) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    const known = Object.entries(value).filter(
      ([key, one]) =>
        key in DEFAULT_SETTINGS && typeof one === typeof DEFAULT_SETTINGS[key as keyof Settings],
    );
    return Object.fromEntries(known) as Partial<Settings>;
  } catch {
    return {};
  }
}
