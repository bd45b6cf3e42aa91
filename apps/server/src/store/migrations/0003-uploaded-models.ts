import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const uploadedModels: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable("model").addColumn("files", "text").execute();
    await db.schema.alterTable("model").addColumn("trial", "text").execute();
  },
};
