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

    /** Lets the projects that use a network go back to the default; gives those that are not in the bin. */
    leave: (model: string): Promise<{ id: string; name: string }[]> =>
      db.transaction().execute(async (tx) => {
        const users = await tx
          .selectFrom("project")
          .select(["id", "name"])
          .where("model", "=", model)
          .where("deletedAt", "is", null)
          .orderBy("name")
          .execute();
        await tx.updateTable("project").set({ model: null }).where("model", "=", model).execute();
        return users;
      }),

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
