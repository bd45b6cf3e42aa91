import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import { Migrator } from "kysely/migration";
import type { Catalog } from "./catalog.ts";
import { foundation } from "./migrations/0001-foundation.ts";
import { models } from "./migrations/0002-models.ts";
import { uploadedModels } from "./migrations/0003-uploaded-models.ts";

/** In order; a migration that has been released is never changed, only followed. */
const migrations = {
  "0001-foundation": foundation,
  "0002-models": models,
  "0003-uploaded-models": uploadedModels,
};

/**
 * Opens the catalog in a SQLite file (or `:memory:`) and brings its tables up to date.
 * Small writes run on the main thread; see answers.md, "Rooms and sockets", for why that is bearable.
 * @throws Error with a sentence when the file is of a newer Limn or is damaged.
 */
export async function openSqliteCatalog(path: string): Promise<Kysely<Catalog>> {
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = wal");
  database.exec("pragma synchronous = full");
  database.exec("pragma foreign_keys = on");
  database.exec("pragma busy_timeout = 5000");
  // See checkpoints.ts: they are not made while somebody waits for an answer.
  database.exec("pragma wal_autocheckpoint = 0");
  const db = new Kysely<Catalog>({ dialect: new SqliteDialect({ database: adapt(database) }) });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve(migrations) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await db.destroy();
    throw new Error(
      `${path} cannot be brought up to date (${error instanceof Error ? error.message : JSON.stringify(error)}): was it written by a newer Limn? Nothing was changed.`,
      { cause: error },
    );
  }
  return db;
}

/** Kysely's SQLite dialect expects better-sqlite3; this is the part of it that the dialect uses. */
function adapt(database: DatabaseSync) {
  return {
    close: () => database.close(),
    prepare: (sql: string) => {
      // A full disk ends the transaction by itself; the reason, not this, is what the caller is to hear.
      const ended = sql === "rollback" && !database.isTransaction;
      const statement = database.prepare(ended ? "select 1 where false" : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...bind(parameters)),
        run: (parameters: readonly unknown[]) => statement.run(...bind(parameters)),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...bind(parameters)),
      };
    },
  };
}

/** node:sqlite takes no booleans and no dates. */
function bind(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value) => {
    if (typeof value === "boolean") return value ? 1 : 0;
    if (value instanceof Date) return value.toISOString();
    if (value === undefined) return null;
    return value as SQLInputValue; // Kysely's typed queries pass strings, numbers, bytes and null beside these.
  });
}
