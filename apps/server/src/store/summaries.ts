import type { Kysely } from "kysely";
import type { AuthorshipRow, Catalog, SummaryRow } from "./catalog.ts";

export type SummaryStore = ReturnType<typeof createSummaryStore>;

/** One person's touch of one annotation. */
export interface Touch {
  readonly imageId: string;
  readonly annotationId: string;
  readonly userId: string;
}

/** What is known of a document without opening it: counts, overlay, and who made and last edited each annotation. */
export function createSummaryStore(db: Kysely<Catalog>) {
  return {
    find: (imageId: string): Promise<SummaryRow | undefined> =>
      db.selectFrom("summary").selectAll().where("imageId", "=", imageId).executeTakeFirst(),

    /** Folded log position of every image that has been folded. */
    async listPositions(): Promise<Map<string, number>> {
      const rows = await db.selectFrom("summary").select(["imageId", "seq"]).execute();
      return new Map(rows.map((row) => [row.imageId, row.seq]));
    },

    /** Replaces an image's summary, counts and (while nobody reviews) state together. */
    async put(summary: SummaryRow, perClass: Readonly<Record<string, number>>): Promise<void> {
      await db.transaction().execute(async (tx) => {
        const { imageId, ...rest } = summary;
        await tx
          .insertInto("summary")
          .values(summary)
          .onConflict((c) => c.column("imageId").doUpdateSet(rest))
          .execute();
        await tx.deleteFrom("classcount").where("imageId", "=", imageId).execute();
        const counts = Object.entries(perClass).map(([classId, objects]) => ({
          imageId,
          classId,
          objects,
        }));
        if (counts.length > 0) await tx.insertInto("classcount").values(counts).execute();
        await tx
          .updateTable("image")
          .set({ state: summary.objects > 0 ? "in-progress" : "todo" })
          .where("id", "=", imageId)
          .where("state", "in", ["todo", "in-progress"])
          .execute();
      });
    },

    /** Records who made (first touch) and last edited annotations, at `now`; touches of purged images are dropped. */
    async touch(touches: readonly Touch[], now: string): Promise<void> {
      await db.transaction().execute(async (tx) => {
        const ids = [...new Set(touches.map((t) => t.imageId))];
        const known = new Set(
          (ids.length === 0
            ? []
            : await tx.selectFrom("image").select("id").where("id", "in", ids).execute()
          ).map((row) => row.id),
        );
        for (const id of known)
          await tx.updateTable("image").set({ updatedAt: now }).where("id", "=", id).execute();
        for (const { imageId, annotationId, userId } of touches) {
          if (!known.has(imageId)) continue;
          await tx
            .insertInto("authorship")
            .values({
              imageId,
              annotationId,
              createdBy: userId,
              createdAt: now,
              updatedBy: userId,
              updatedAt: now,
            })
            .onConflict((c) =>
              c
                .columns(["imageId", "annotationId"])
                .doUpdateSet({ updatedBy: userId, updatedAt: now }),
            )
            .execute();
        }
      });
    },

    async listAuthorship(imageId: string): Promise<Map<string, AuthorshipRow>> {
      const rows = await db
        .selectFrom("authorship")
        .selectAll()
        .where("imageId", "=", imageId)
        .execute();
      return new Map(rows.map((row) => [row.annotationId, row]));
    },
  };
}
