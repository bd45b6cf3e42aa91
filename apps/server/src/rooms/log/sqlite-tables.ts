import { DatabaseSync } from "node:sqlite";
import { decodeBatch, parseEdits, splitBlob } from "./batch-bytes.ts";
import type { Binding, StoredRoom, UntoldRow } from "./log.ts";

/** The log's tables in one SQLite file, synchronously: for the worker alone. */
export type LogTables = {
  commit(bytes: Uint8Array<ArrayBuffer>): void;
  load(room: string): StoredRoom;
  heads(): { room: string; seq: number }[];
  untold(): UntoldRow[];
  remove(room: string): void;
  close(): void;
};

const VERSION = 1;

const SCHEMA = `
  create table if not exists log (
    room text not null, seq integer not null, at integer not null, edits text not null, data blob not null,
    primary key (room, seq)) without rowid;
  create table if not exists snapshot (
    room text primary key, seq integer not null, data blob not null) without rowid;
  create table if not exists client_owner (
    room text not null, client integer not null, user text not null, primary key (room, client)) without rowid;
  create table if not exists author_owner (
    room text not null, author integer not null, user text not null, primary key (room, author)) without rowid;
  create table if not exists told (room text primary key, seq integer not null) without rowid;
`;

export function openLogTables(file: string): LogTables {
  const db = new DatabaseSync(file);
  try {
    // FULL: a commit returns after the fsync, which is what "saved" means to a person.
    db.exec(
      "pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000; pragma busy_timeout = 5000",
    );
    const version = Number(db.prepare("pragma user_version").get()?.["user_version"]);
    if (version > VERSION) {
      throw new Error(
        `${file} was written by a newer Limn (log version ${version}); start that version`,
      );
    }
    db.exec(SCHEMA);
    if (version < VERSION) db.exec(`pragma user_version = ${VERSION}`);
  } catch (error) {
    db.close();
    throw error;
  }
  const statements = prepareStatements(db);

  function transact(work: () => void): void {
    statements.begin.run();
    try {
      work();
      statements.commit.run();
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  }

  return {
    commit(bytes) {
      const batch = decodeBatch(bytes);
      transact(() => {
        for (const row of batch.rows) {
          statements.insertRow.run(row.room, row.seq, row.at, row.edits, row.blob);
        }
        for (const { room, binding } of batch.clients) {
          statements.bindClient.run(room, binding[0], binding[1]);
        }
        for (const { room, binding } of batch.authors) {
          statements.bindAuthor.run(room, binding[0], binding[1]);
        }
        for (const told of batch.told) statements.tell.run(told.room, told.seq);
        for (const snapshot of batch.snapshots) {
          statements.putSnapshot.run(snapshot.room, snapshot.seq, snapshot.state);
          // A row stays until its edits were told, though the snapshot holds its update.
          statements.dropRows.run(snapshot.room, snapshot.seq, snapshot.room);
        }
      });
    },
    load(room) {
      const stored = statements.readSnapshot.get(room);
      const snapshot = stored && { seq: Number(stored["seq"]), state: blob(stored["data"]) };
      const rows = statements.readRows
        .all(room, snapshot?.seq ?? 0)
        .map((row) => ({ seq: Number(row["seq"]), updates: splitBlob(blob(row["data"])) }));
      return {
        snapshot,
        rows,
        clients: statements.readClients
          .all(room)
          .map((row) => toBinding(row["client"], row["user"])),
        authors: statements.readAuthors
          .all(room)
          .map((row) => toBinding(row["author"], row["user"])),
      };
    },
    heads: () =>
      statements.heads.all().map((row) => ({ room: String(row["room"]), seq: Number(row["seq"]) })),
    untold: () =>
      statements.untold.all().map((row) => ({
        room: String(row["room"]),
        seq: Number(row["seq"]),
        at: Number(row["at"]),
        edits: parseEdits(String(row["edits"])),
      })),
    remove(room) {
      transact(() => {
        for (const table of ["log", "snapshot", "client_owner", "author_owner", "told"]) {
          db.prepare(`delete from ${table} where room = ?`).run(room);
        }
      });
    },
    close() {
      db.exec("pragma wal_checkpoint(truncate)");
      db.close();
    },
  };
}

function prepareStatements(db: DatabaseSync) {
  return {
    begin: db.prepare("begin immediate"),
    commit: db.prepare("commit"),
    insertRow: db.prepare("insert into log values (?, ?, ?, ?, ?)"),
    bindClient: db.prepare("insert or ignore into client_owner values (?, ?, ?)"),
    bindAuthor: db.prepare("insert or ignore into author_owner values (?, ?, ?)"),
    tell: db.prepare(
      "insert into told values (?, ?) on conflict (room) do update set seq = max(seq, excluded.seq)",
    ),
    putSnapshot: db.prepare(
      "insert into snapshot values (?, ?, ?) on conflict (room) do update set seq = excluded.seq, data = excluded.data",
    ),
    dropRows: db.prepare(
      "delete from log where room = ? and seq <= ? and seq <= (select seq from told where room = ?)",
    ),
    readSnapshot: db.prepare("select seq, data from snapshot where room = ?"),
    readRows: db.prepare("select seq, data from log where room = ? and seq > ? order by seq"),
    readClients: db.prepare("select client, user from client_owner where room = ?"),
    readAuthors: db.prepare("select author, user from author_owner where room = ?"),
    heads: db.prepare(
      "select room, max(seq) as seq from (select room, seq from log union all select room, seq from snapshot) group by room",
    ),
    untold: db.prepare(
      `select log.room, log.seq, log.at, log.edits from log left join told on told.room = log.room
       where log.seq > coalesce(told.seq, 0) and log.edits <> '' order by log.room, log.seq`,
    ),
  };
}

function blob(value: unknown): Uint8Array<ArrayBuffer> {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  throw new Error("the log holds something that is not bytes");
}

function toBinding(number: unknown, user: unknown): Binding {
  return [Number(number), String(user)];
}
