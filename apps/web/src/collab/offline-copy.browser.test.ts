import { applyCommands, openImageDocument } from "@limn/shared/document";
import { deleteDB } from "idb";
import { beforeEach, expect, test } from "vitest";
import * as Y from "yjs";
import {
  COPY_ORIGIN,
  listWaitingImages,
  type OfflineCopy,
  openOfflineCopy,
} from "./offline-copy.ts";

// Real IndexedDB in a real browser.

const failures: unknown[] = [];
beforeEach(async () => {
  failures.length = 0;
  await deleteDB("limn-rooms");
});

let clock = 0;
const open = (userId: string, imageId: string): Promise<OfflineCopy> =>
  openOfflineCopy({
    userId,
    imageId,
    now: () => ++clock,
    onError: (error) => failures.push(error),
  });

function draw(doc: Y.Doc, id: string): void {
  const document = openImageDocument(doc, { width: 100, height: 100 });
  const box = { x: 1, y: 1, width: 5, height: 5 };
  applyCommands(document, [{ kind: "create", id, shape: "box", classId: "c1", box }], "me");
  document.dispose();
}

const ids = (doc: Y.Doc): string[] => [...doc.getMap("props").keys()].toSorted();

async function load(copy: OfflineCopy): Promise<{ doc: Y.Doc; count: number }> {
  const doc = new Y.Doc();
  const { count } = await copy.load(doc);
  return { doc, count };
}

test("[C20] what was drawn and what waits survive the page", async () => {
  const copy = await open("ann", "one");
  const { doc, count } = await load(copy);
  expect(count).toBe(0);
  copy.follow(doc);
  draw(doc, "a");
  draw(doc, "b");
  copy.setWaiting({ count: 2, ids: ["a", "b"] });
  await copy.close();
  const again = await open("ann", "one");
  const after = new Y.Doc();
  const origins: unknown[] = [];
  after.on("update", (_update: Uint8Array, origin: unknown) => origins.push(origin));
  expect(await again.load(after)).toEqual({ count: 2, ids: ["a", "b"] });
  expect(ids(after)).toEqual(["a", "b"]);
  expect(origins).toEqual([COPY_ORIGIN]);
  await again.close();
  expect(failures).toEqual([]);
});

test("[C27] what is called kept is there for the next visit, also when this page never ends properly", async () => {
  const copy = await open("ann", "one");
  const { doc } = await load(copy);
  copy.follow(doc);
  expect(copy.kept.get()).toBe(true);
  draw(doc, "a");
  copy.setWaiting({ count: 1, ids: ["a"] });
  expect(copy.kept.get()).toBe(false);
  await new Promise<void>((resolve) => {
    const stop = copy.kept.subscribe(() => {
      if (!copy.kept.get()) return;
      stop();
      resolve();
    });
  });
  const again = await open("ann", "one");
  const after = await load(again);
  expect({ ids: ids(after.doc), count: after.count }).toEqual({ ids: ["a"], count: 1 });
  await again.close();
  await copy.close();
  expect(failures).toEqual([]);
});

test("[C21] people and images are kept apart", async () => {
  const ann = await open("ann", "one");
  const { doc } = await load(ann);
  ann.follow(doc);
  draw(doc, "a");
  await ann.close();
  for (const [user, image] of [
    ["bob", "one"],
    ["ann", "two"],
  ] as const) {
    const other = await open(user, image);
    expect(ids((await load(other)).doc)).toEqual([]);
    await other.close();
  }
});

test("[C22] many rows are put together, those of another tab included", async () => {
  const one = await open("ann", "one");
  const two = await open("ann", "one");
  const first = await load(one);
  const second = await load(two);
  one.follow(first.doc);
  two.follow(second.doc);
  draw(second.doc, "from-two");
  await two.flush();
  for (let i = 0; i < 230; i++) {
    draw(first.doc, `n${i}`);
    await one.flush();
  }
  await one.close();
  await two.close();
  const again = await open("ann", "one");
  expect(ids((await load(again)).doc)).toHaveLength(231);
  await again.close();
  expect(failures).toEqual([]);
});

test("[C23] what the server refused is forgotten, drafts stay until they are dropped", async () => {
  const copy = await open("ann", "one");
  const { doc } = await load(copy);
  copy.follow(doc);
  draw(doc, "a");
  copy.setWaiting({ count: 1, ids: ["a"] });
  await copy.saveHistory({ version: 1 });
  const state = Y.encodeStateAsUpdate(doc);
  await copy.addDraft({ state, ids: ["a"], code: 4403, at: 5 });
  await copy.forget();
  await copy.close();
  const again = await open("ann", "one");
  const after = await load(again);
  expect(after.count).toBe(0);
  expect(ids(after.doc)).toEqual([]);
  expect(await again.loadHistory()).toBeUndefined();
  expect(await again.drafts()).toMatchObject([{ ids: ["a"], code: 4403, at: 5 }]);
  await again.dropDrafts();
  expect(await again.drafts()).toEqual([]);
  await again.close();
});

test("[C24] the undo stack comes back", async () => {
  const copy = await open("ann", "one");
  await copy.saveHistory({ version: 1, undo: [{ bytes: Uint8Array.of(1, 2) }] });
  await copy.close();
  const again = await open("ann", "one");
  expect(await again.loadHistory()).toEqual({
    version: 1,
    undo: [{ bytes: Uint8Array.of(1, 2) }],
  });
  await again.close();
});

test("[C25] images that were looked at once make room, those with waiting edits do not", async () => {
  for (let i = 0; i < 104; i++) {
    const copy = await open("ann", `image-${i}`);
    const { doc } = await load(copy);
    copy.follow(doc);
    draw(doc, "a");
    copy.setWaiting({ count: i === 0 ? 1 : 0, ids: [] });
    await copy.close();
  }
  const last = await open("ann", "one-more");
  await load(last);
  // The clean-up runs beside the load; a second load of the same copy comes after it.
  await expect.poll(async () => ids((await load(await open("ann", "image-1"))).doc)).toEqual([]);
  expect(ids((await load(await open("ann", "image-0"))).doc)).toEqual(["a"]);
  expect(ids((await load(await open("ann", "image-103"))).doc)).toEqual(["a"]);
});

test("[C26] the images on which edits of mine wait are known without opening them", async () => {
  for (const [user, image, count] of [
    ["ann", "one", 2],
    ["ann", "two", 0],
    ["ann", "three", 1],
    ["annette", "four", 1],
  ] as const) {
    const copy = await open(user, image);
    copy.setWaiting({ count, ids: [] });
    await copy.close();
  }
  expect((await listWaitingImages("ann")).toSorted()).toEqual(["one", "three"]);
});

test("a copy that is closed at any moment closes in peace: what has begun ends, what comes later is nothing", async () => {
  const copy = await open("ann", "one");
  const doc = new Y.Doc();
  const loading = copy.load(doc);
  const history = copy.loadHistory();
  copy.follow(doc);
  draw(doc, "a");
  copy.setWaiting({ count: 1, ids: ["a"] });
  const saving = copy.saveHistory({ steps: 1 });
  const closed = copy.close();
  // The session hears of acknowledgements until its very end.
  copy.setWaiting({ count: 0, ids: [] });
  draw(doc, "b");
  await Promise.all([loading, history, saving, closed]);
  expect(await copy.load(new Y.Doc())).toEqual({ count: 0, ids: [] });
  expect(await copy.drafts()).toEqual([]);
  await copy.saveHistory({ steps: 2 });
  await copy.flush();
  const again = await open("ann", "one");
  const after = new Y.Doc();
  expect(await again.load(after)).toEqual({ count: 1, ids: ["a"] });
  expect(ids(after)).toEqual(["a"]);
  expect(await again.loadHistory()).toEqual({ steps: 1 });
  await again.close();
  expect(failures).toEqual([]);
});
