import type { History } from "@limn/shared/document";
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

interface Schema extends DBSchema {
  history: { key: string; value: { readonly data: unknown; readonly savedAt: number } };
}

const KEPT_MS = 30 * 24 * 3600 * 1000;
let database: Promise<IDBPDatabase<Schema>> | undefined;

function openDatabase(): Promise<IDBPDatabase<Schema>> {
  database ??= openDB<Schema>("limn-history", 1, {
    upgrade: (db) => {
      db.createObjectStore("history");
    },
  });
  return database;
}

/**
 * Keeps one person's undo stack of one image in this browser, so that it survives a reload. A browser that gives no
 * IndexedDB (some private windows) loses only that. Resolves with the way to stop.
 */
export async function keepHistory(
  userId: string,
  imageId: string,
  history: History,
): Promise<() => void> {
  const key = `${userId}/${imageId}`;
  try {
    const db = await openDatabase();
    const stored = await db.get("history", key);
    if (stored && Date.now() - stored.savedAt < KEPT_MS) history.restore(stored.data);
    let writing = false;
    let again = false;
    const write = async (): Promise<void> => {
      if (writing) {
        again = true;
        return;
      }
      writing = true;
      do {
        again = false;
        await db.put("history", { data: history.serialize(), savedAt: Date.now() }, key);
      } while (again);
      writing = false;
    };
    return history.onChange(() => void write().catch(() => (writing = false)));
  } catch {
    return () => {};
  }
}
