import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import * as Y from "yjs";
import type { Draft } from "./drafts.ts";
import { createStore, type ReadableStore } from "../state/store.ts";
import { createPageCopy } from "./page-copy.ts";
import type { Waiting } from "./save-tracker.ts";

/**
 * What one browser keeps of one person's images: the document with edits that may not have reached the server, drafts
 * that the server did not take, the undo stack. Keyed by user and image, so that two people on one machine never write
 * with each other's client ids.
 */
export interface OfflineCopy {
  /** Puts the copy into the document (with `COPY_ORIGIN`) and says what of it was not acknowledged. */
  readonly load: (doc: Y.Doc) => Promise<Waiting>;
  /** From now on every change of the document is kept too. Returns the function that ends it. */
  readonly follow: (doc: Y.Doc) => () => void;
  readonly setWaiting: (waiting: Waiting) => void;
  /** Whether all edits of mine so far would survive the page. */
  readonly kept: ReadableStore<boolean>;
  /** Forgets the document, not the drafts: the server has refused something in it. */
  readonly forget: () => Promise<void>;
  readonly addDraft: (draft: Draft) => Promise<void>;
  readonly drafts: () => Promise<Draft[]>;
  readonly dropDrafts: () => Promise<void>;
  readonly loadHistory: () => Promise<unknown>;
  readonly saveHistory: (history: unknown) => Promise<void>;
  /** Resolves when all of it has been written. */
  readonly flush: () => Promise<void>;
  /** Writes what is left and lets go; whatever is asked of it later is as if nothing were kept. */
  readonly close: () => Promise<void>;
}

/** Origin of the updates that come out of the copy. */
export const COPY_ORIGIN = Symbol("offline copy");

interface Schema extends DBSchema {
  updates: {
    key: number;
    value: { room: string; bytes: Uint8Array };
    indexes: { room: string };
  };
  rooms: {
    key: string;
    value: { room: string; count: number; ids: readonly string[]; at: number };
    indexes: { at: number };
  };
  drafts: {
    key: number;
    value: Draft & { room: string };
    indexes: { room: string };
  };
  histories: { key: string; value: { room: string; history: unknown } };
}

const DATABASE = "limn-rooms";
/** Rows of one room before they are put together. */
const MOST_ROWS = 200;
/** Images kept without anything waiting; the oldest go first. */
const MOST_ROOMS = 100;
/** Edits of others can wait a moment to be written together; mine are written at once. */
const GATHER_MS = 500;

export interface CopyOptions {
  readonly userId: string;
  readonly imageId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** The copy in this browser; where the browser keeps nothing (private windows may), one that lasts as long as the page. */
export async function openOfflineCopy(options: CopyOptions): Promise<OfflineCopy> {
  const room = `${options.userId}/${options.imageId}`;
  try {
    return createStoredCopy(await openDatabase(), room, options);
  } catch (error) {
    options.onError(error);
    return createPageCopy(room);
  }
}

/** Images on which edits of this person wait, from earlier visits to the page too. Empty where nothing is kept. */
export async function listWaitingImages(userId: string): Promise<string[]> {
  try {
    const db = await openDatabase();
    const prefix = `${userId}/`;
    const rooms = await db.getAll("rooms", IDBKeyRange.bound(prefix, `${prefix}\uffff`));
    db.close();
    return rooms.filter(({ count }) => count > 0).map(({ room }) => room.slice(prefix.length));
  } catch {
    return [];
  }
}

function createStoredCopy(
  db: IDBPDatabase<Schema>,
  room: string,
  options: CopyOptions,
): OfflineCopy {
  let gathered: Uint8Array[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let waiting: Waiting | undefined;
  let rows = 0;
  let writing: Promise<void> = Promise.resolve();
  let followed: Y.Doc | undefined;
  let closing = false;
  const underWay = new Set<Promise<unknown>>();
  const kept = createStore(true);

  /** What has begun is waited for when the copy is closed; after that nothing begins, as people leave images at any moment. */
  function whileOpen<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    if (closing) return Promise.resolve(otherwise);
    const done = work().finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  }

  async function write(): Promise<void> {
    const updates = gathered;
    const unsaved = waiting;
    gathered = [];
    waiting = undefined;
    if (updates.length === 0 && unsaved === undefined) return;
    const transaction = db.transaction(["updates", "rooms"], "readwrite");
    if (updates.length > 0) {
      const store = transaction.objectStore("updates");
      rows++;
      if (rows > MOST_ROWS && followed !== undefined) {
        // Another tab of mine may have rows that this document lacks: put together what is stored, not what is here.
        const stored = (await store.index("room").getAll(room)).map(({ bytes }) => bytes);
        for (const key of await store.index("room").getAllKeys(room)) void store.delete(key);
        void store.add({ room, bytes: Y.mergeUpdates([...stored, ...updates]) });
        rows = 1;
      } else {
        const [first] = updates;
        const bytes = updates.length === 1 && first !== undefined ? first : Y.mergeUpdates(updates);
        void store.add({ room, bytes });
      }
    }
    const rooms = transaction.objectStore("rooms");
    const before = await rooms.get(room);
    const { count, ids } = unsaved ?? before ?? { count: 0, ids: [] };
    void rooms.put({ room, count, ids, at: options.now() });
    await transaction.done;
  }

  function onUpdate(
    update: Uint8Array,
    origin: unknown,
    _doc: Y.Doc,
    transaction: Y.Transaction,
  ): void {
    if (closing || origin === COPY_ORIGIN) return;
    gathered.push(update);
    if (transaction.local) kept.set(false);
    flushAfter(transaction.local ? 0 : GATHER_MS);
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing
      .then(write)
      .catch(options.onError)
      .then(() => {
        if (gathered.length === 0 && waiting === undefined) kept.set(true);
        return undefined;
      });
    return writing;
  }

  function flushAfter(ms: number): void {
    if (ms === 0) clearTimeout(timer);
    else if (timer !== undefined) return;
    timer = setTimeout(() => void flush(), ms);
  }

  async function deleteRows(store: "updates" | "drafts"): Promise<void> {
    const transaction = db.transaction(store, "readwrite");
    for (const key of await transaction.store.index("room").getAllKeys(room)) {
      void transaction.store.delete(key);
    }
    await transaction.done;
  }

  async function load(doc: Y.Doc): Promise<Waiting> {
    const stored = await db.getAllFromIndex("updates", "room", room);
    rows = stored.length;
    if (stored.length > 0) {
      const update = Y.mergeUpdates(stored.map(({ bytes }) => bytes));
      Y.applyUpdate(doc, update, COPY_ORIGIN);
    }
    const { count, ids } = (await db.get("rooms", room)) ?? { count: 0, ids: [] };
    void whileOpen(() => forgetOldRooms(db, room), undefined).catch(options.onError);
    return { count, ids };
  }

  async function forget(): Promise<void> {
    await flush();
    await deleteRows("updates");
    await db.delete("rooms", room);
    await db.delete("histories", room);
    rows = 0;
  }

  return {
    load: (doc) => whileOpen(() => load(doc), { count: 0, ids: [] }),
    follow(doc) {
      followed = doc;
      doc.on("update", onUpdate);
      return () => {
        doc.off("update", onUpdate);
        followed = undefined;
      };
    },
    setWaiting(next) {
      if (closing) return;
      waiting = next;
      if (next.count > 0) kept.set(false);
      flushAfter(next.count === 0 ? GATHER_MS : 0);
    },
    forget: () => whileOpen(forget, undefined),
    addDraft: (draft) =>
      whileOpen(async () => {
        await db.add("drafts", { ...draft, room });
      }, undefined),
    kept,
    drafts: () => whileOpen(() => db.getAllFromIndex("drafts", "room", room), []),
    dropDrafts: () => whileOpen(() => deleteRows("drafts"), undefined),
    loadHistory: () =>
      whileOpen<unknown>(async () => (await db.get("histories", room))?.history, undefined),
    saveHistory: (history) =>
      whileOpen(async () => {
        await db.put("histories", { room, history });
      }, undefined),
    flush,
    async close() {
      closing = true;
      await flush();
      // What was begun may begin more.
      while (underWay.size > 0) await Promise.allSettled(underWay);
      db.close();
    },
  };
}

function openDatabase(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>(DATABASE, 1, {
    upgrade(db) {
      const updates = db.createObjectStore("updates", { autoIncrement: true });
      updates.createIndex("room", "room");
      const rooms = db.createObjectStore("rooms", { keyPath: "room" });
      rooms.createIndex("at", "at");
      const drafts = db.createObjectStore("drafts", { autoIncrement: true });
      drafts.createIndex("room", "room");
      db.createObjectStore("histories", { keyPath: "room" });
    },
    blocking(_current, _next, event) {
      // A newer version of the page wants to change the layout: let it.
      if (event.target instanceof IDBDatabase) event.target.close();
    },
  });
}

/** Keeps the browser's storage from filling up with images that somebody looked at once. */
async function forgetOldRooms(db: IDBPDatabase<Schema>, present: string): Promise<void> {
  const transaction = db.transaction(["updates", "rooms", "histories"], "readwrite");
  const rooms = await transaction.objectStore("rooms").index("at").getAll();
  const idle = rooms.filter(({ room, count }) => count === 0 && room !== present);
  for (const { room } of idle.slice(0, Math.max(0, idle.length - MOST_ROOMS))) {
    const updates = transaction.objectStore("updates");
    for (const key of await updates.index("room").getAllKeys(room)) void updates.delete(key);
    void transaction.objectStore("rooms").delete(room);
    void transaction.objectStore("histories").delete(room);
  }
  await transaction.done;
}
