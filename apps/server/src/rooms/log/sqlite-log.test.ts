import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { describeLog } from "./log-contract.ts";
import { EMPTY_BATCH } from "./log.ts";
import { createSqliteLog } from "./sqlite-log.ts";

async function createFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "limn-log-"));
}

describeLog("sqlite", async () => {
  const folder = await createFolder();
  return {
    open: async () => createSqliteLog({ file: join(folder, "rooms.sqlite") }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
});

test("[L10] the file is written ahead and synced in full", async () => {
  const folder = await createFolder();
  const file = join(folder, "rooms.sqlite");
  const log = createSqliteLog({ file });
  await log.commit(EMPTY_BATCH);
  const db = new DatabaseSync(file);
  expect(db.prepare("pragma journal_mode").get()).toEqual({ journal_mode: "wal" });
  db.close();
  await log.close();
  await rm(folder, { recursive: true });
});

test("[L11] a file that cannot be opened refuses calls with the reason and is tried again", async () => {
  const folder = await createFolder();
  const file = join(folder, "rooms.sqlite");
  await writeFile(file, "this is not a database, it is a sentence that is long enough".repeat(20));
  const log = createSqliteLog({ file });
  await expect(log.load("a")).rejects.toThrow(/not a database/);
  await rm(file);
  expect((await log.load("a")).rows).toEqual([]);
  await log.close();
  await rm(folder, { recursive: true });
});

test("[L12] a log of a newer version is refused in a sentence", async () => {
  const folder = await createFolder();
  const file = join(folder, "rooms.sqlite");
  const db = new DatabaseSync(file);
  db.exec("pragma user_version = 99");
  db.close();
  const log = createSqliteLog({ file });
  await expect(log.heads()).rejects.toThrow(/newer Limn \(log version 99\)/);
  await log.close();
  await rm(folder, { recursive: true });
});
