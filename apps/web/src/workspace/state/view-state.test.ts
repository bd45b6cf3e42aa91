import { expect, test } from "vitest";
import { createStore } from "../../state/store.ts";
import { keepViewState } from "./view-state.ts";

function createStorage(): Storage {
  const items = new Map<string, string>();
  return {
    get length() {
      return items.size;
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    key: (index) => [...items.keys()][index] ?? null,
    removeItem: (key) => void items.delete(key),
    setItem: (key, value) => void items.set(key, value),
  };
}
const ids = (...list: string[]) => createStore<ReadonlySet<string>>(new Set(list));

test("what was hidden and locked comes back for the same person and image, and for no other", () => {
  const storage = createStorage();
  const [hidden, locked] = [ids(), ids()];
  const stop = keepViewState(storage, "ana/1", hidden, locked);
  hidden.set(new Set(["a", "b"]));
  locked.set(new Set(["c"]));
  stop();
  const [again, lockedAgain] = [ids(), ids()];
  keepViewState(storage, "ana/1", again, lockedAgain);
  expect([...again.get()]).toEqual(["a", "b"]);
  expect([...lockedAgain.get()]).toEqual(["c"]);
  const [other, lockedOther] = [ids(), ids()];
  keepViewState(storage, "ana/2", other, lockedOther);
  expect(other.get().size + lockedOther.get().size).toBe(0);
});

test("a damaged or full storage harms nothing", () => {
  const storage = createStorage();
  storage.setItem("limn.view-state", '{"ana/1":{"hidden":"x"}}');
  storage.setItem = () => {
    throw new Error("quota");
  };
  const hidden = ids();
  keepViewState(storage, "ana/1", hidden, ids());
  hidden.set(new Set(["a"]));
  expect([...hidden.get()]).toEqual(["a"]);
});
