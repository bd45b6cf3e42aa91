import type { Kysely } from "kysely";
import type { Catalog } from "./catalog.ts";

/** Facts about this installation that happen once. */
type SettingKey = "owner" | "sample" | "sample-done";

export function createSettingsStore(db: Kysely<Catalog>) {
  return {
    async get(key: SettingKey): Promise<string | null> {
      const row = await db
        .selectFrom("setting")
        .select("value")
        .where("key", "=", key)
        .executeTakeFirst();
      return row?.value ?? null;
    },

    /** Sets a value that nobody has set yet; false when somebody was first. */
    async claim(key: SettingKey, value: string): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("setting")
        .values({ key, value })
        .onConflict((c) => c.column("key").doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },

    async release(key: SettingKey): Promise<void> {
      await db.deleteFrom("setting").where("key", "=", key).execute();
    },
  };
}
