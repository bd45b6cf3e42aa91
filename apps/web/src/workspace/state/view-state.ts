import type { AnnotationId } from "@limn/shared/document";
import type { Store } from "../../state/store.ts";

type Ids = Store<ReadonlySet<AnnotationId>>;

/** So many images' view states are kept; the oldest go. */
const KEPT = 200;
const KEY = "limn.view-state";

interface Kept {
  readonly hidden: readonly AnnotationId[];
  readonly locked: readonly AnnotationId[];
}

/**
 * What a person has hidden and locked on an image is theirs alone, so it is kept in their browser. Returns the way to stop.
 * A storage that refuses (private windows) costs only that.
 */
export function keepViewState(
  storage: Storage,
  name: string,
  hidden: Ids,
  locked: Ids,
): () => void {
  const known = readAll(storage)[name];
  if (known) {
    hidden.set(new Set(known.hidden));
    locked.set(new Set(known.locked));
  }
  const write = (): void => {
    const { [name]: _old, ...others } = readAll(storage);
    const mine: Kept = { hidden: [...hidden.get()], locked: [...locked.get()] };
    // The one in use goes last, so that the oldest are the first.
    const entries = [...Object.entries(others), [name, mine] as const]
      .filter(([, { hidden: h, locked: l }]) => h.length + l.length > 0)
      .slice(-KEPT);
    try {
      storage.setItem(KEY, JSON.stringify(Object.fromEntries(entries)));
    } catch {
      // Full or forbidden: the view state lasts as long as the page.
    }
  };
  const stops = [hidden.subscribe(write), locked.subscribe(write)];
  return () => stops.forEach((stop) => stop());
}

function readAll(storage: Storage): Record<string, Kept> {
  try {
    const value: unknown = JSON.parse(storage.getItem(KEY) ?? "{}");
    if (typeof value !== "object" || value === null) return {};
    return Object.fromEntries(
      Object.entries(value as Record<string, unknown>).filter((entry): entry is [string, Kept] =>
        isKept(entry[1]),
      ),
    );
  } catch {
    return {};
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== "object" || value === null) return false;
  const { hidden, locked } = value as Partial<Record<keyof Kept, unknown>>;
  return [hidden, locked].every(
    (list) => Array.isArray(list) && list.every((id) => typeof id === "string"),
  );
}
