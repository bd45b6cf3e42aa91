import type { Kysely } from "kysely";
import type { Catalog, JobRow } from "./catalog.ts";

const NEWEST = 100;

export function createJobStore(db: Kysely<Catalog>) {
  return {
    find: (id: string): Promise<JobRow | undefined> =>
      db.selectFrom("job").selectAll().where("id", "=", id).executeTakeFirst(),

    list: (projectId: string): Promise<JobRow[]> =>
      db
        .selectFrom("job")
        .selectAll()
        .where("projectId", "=", projectId)
        .orderBy("createdAt", "desc")
        .orderBy("id")
        .limit(NEWEST)
        .execute(),

    async insert(job: JobRow): Promise<void> {
      await db.insertInto("job").values(job).execute();
    },

    /** Takes the oldest waiting job; nobody else can take the same. */
    claim: (): Promise<JobRow | undefined> =>
      db
        .updateTable("job")
        .set((e) => ({ state: "running", tries: e("tries", "+", 1) }))
        .where("state", "=", "waiting")
        .where("id", "=", (e) =>
          e
            .selectFrom("job")
            .select("id")
            .where("state", "=", "waiting")
            .orderBy("createdAt")
            .orderBy("id")
            .limit(1),
        )
        .returningAll()
        .executeTakeFirst(),

    async update(
      id: string,
      changes: Partial<Omit<JobRow, "id" | "projectId" | "kind" | "createdBy" | "createdAt">>,
    ): Promise<void> {
      await db.updateTable("job").set(changes).where("id", "=", id).execute();
    },

    /** Cancels a job that waits; false when it does not wait (any more). */
    async cancelWaiting(id: string, message: string, now: string): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable("job")
        .set({ state: "cancelled", message, finishedAt: now })
        .where("id", "=", id)
        .where("state", "=", "waiting")
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    listRunning: (): Promise<JobRow[]> =>
      db.selectFrom("job").selectAll().where("state", "=", "running").execute(),

    /** Jobs whose file may go. */
    listWithFileBefore: (time: string): Promise<JobRow[]> =>
      db
        .selectFrom("job")
        .selectAll()
        .where("fileKey", "is not", null)
        .where("finishedAt", "<", time)
        .execute(),
  };
}
