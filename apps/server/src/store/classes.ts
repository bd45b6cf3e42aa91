import type { Kysely } from "kysely";
import type { Catalog, ClassRow } from "./catalog.ts";

export type ClassWithCount = ClassRow & { objects: number };

export function createClassStore(db: Kysely<Catalog>) {
  return {
    find: (id: string): Promise<ClassRow | undefined> =>
      db.selectFrom("class").selectAll().where("id", "=", id).executeTakeFirst(),

    /** In order, removed ones last, with the number of their objects on images outside the bin. */
    async list(projectId: string): Promise<ClassWithCount[]> {
      const classes = await db
        .selectFrom("class")
        .selectAll()
        .where("projectId", "=", projectId)
        .orderBy((e) => e.case().when("removedAt", "is", null).then(0).else(1).end())
        .orderBy("place")
        .orderBy("createdAt")
        .execute();
      const counts = await db
        .selectFrom("classcount")
        .innerJoin("image", "image.id", "classcount.imageId")
        .select("classId")
        .select((e) => e.fn.sum<number>("objects").as("objects"))
        .where("projectId", "=", projectId)
        .where("deletedAt", "is", null)
        .groupBy("classId")
        .execute();
      const objects = new Map(counts.map((row) => [row.classId, row.objects]));
      return classes.map((row) => ({ ...row, objects: objects.get(row.id) ?? 0 }));
    },

    async insert(row: ClassRow): Promise<void> {
      await db.insertInto("class").values(row).execute();
    },

    async update(
      id: string,
      changes: Partial<Pick<ClassRow, "name" | "color" | "kind" | "place" | "removedAt">>,
    ): Promise<void> {
      await db.updateTable("class").set(changes).where("id", "=", id).execute();
    },

    /** Gives the classes their places in the order of `ids`. */
    async reorder(ids: readonly string[]): Promise<void> {
      await db.transaction().execute(async (tx) => {
        for (const [place, id] of ids.entries())
          await tx.updateTable("class").set({ place }).where("id", "=", id).execute();
      });
    },
  };
}
