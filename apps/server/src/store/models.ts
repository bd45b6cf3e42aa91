import type { Kysely } from "kysely";
import type { Catalog, ModelRow } from "./catalog.ts";

/** Networks of single projects. */
export function createModelStore(db: Kysely<Catalog>) {
  return {
    find: (id: string): Promise<ModelRow | undefined> =>
      db.selectFrom("model").selectAll().where("id", "=", id).executeTakeFirst(),

    /** Newest first. */
    list: (projectId: string): Promise<ModelRow[]> =>
      db
        .selectFrom("model")
        .selectAll()
        .where("projectId", "=", projectId)
        .orderBy("createdAt", "desc")
        .orderBy("id")
        .execute(),

    async insert(row: ModelRow): Promise<void> {
      await db.insertInto("model").values(row).execute();
    },

    /** Removes it, and lets its project go back to the default if it was used. */
    async delete(row: Pick<ModelRow, "id" | "projectId">): Promise<void> {
      await db.transaction().execute(async (tx) => {
        await tx
          .updateTable("project")
          .set({ model: null })
          .where("id", "=", row.projectId)
          .where("model", "=", row.id)
          .execute();
        await tx.deleteFrom("model").where("id", "=", row.id).execute();
      });
    },
  };
}
