import type { Kysely } from "kysely";
import type { Migration } from "kysely/migration";

export const models: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable("project").addColumn("model", "text").execute();
    await db.schema
      .createTable("model")
      .addColumn("id", "text", (c) => c.primaryKey())
      .addColumn("projectId", "text", (c) =>
        c.notNull().references("project.id").onDelete("cascade"),
      )
      .addColumn("kind", "text", (c) => c.notNull())
      .addColumn("name", "text", (c) => c.notNull())
      .addColumn("family", "text", (c) => c.notNull())
      .addColumn("layer", "text")
      .addColumn("report", "text")
      .addColumn("createdBy", "text", (c) => c.notNull())
      .addColumn("createdAt", "text", (c) => c.notNull())
      .execute();
    await db.schema.createIndex("model_project_idx").on("model").column("projectId").execute();
  },
};
