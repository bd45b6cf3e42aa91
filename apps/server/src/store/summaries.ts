import { sql, type Kysely } from "kysely";
import type { AuthorshipRow, Catalog, SummaryRow } from "./catalog.ts";

/** What one person changed on one image; the time is that of the commit. */
export interface Touch {
  readonly imageId: string;
  readonly userId: string;
  readonly annotationIds: readonly string[];
  readonly at: string;
}

export interface NewSummary {
  readonly imageId: string;
  readonly seq: number;
  readonly objects: number;
  readonly overlay: string | null;
  /** The mark as it was before the document was read; a later one stays. */
  readonly mark: number;
  readonly updatedAt: string;
  readonly perClass: Readonly<Record<string, number>>;
}

/** What is known of a document without opening it: counts, overlay, and who made and last edited each annotation. */
export function createSummaryStore(db: Kysely<Catalog>) {
  /** Images that need to be folded again; the mark rises with every change. */
  async function mark(tx: Kysely<Catalog>, imageIds: readonly string[]): Promise<void> {
    if (imageIds.length === 0) return;
    await tx
      .insertInto("summary")
      .values(
        imageIds.map((imageId) => ({
          imageId,
          seq: 0,
          objects: 0,
          overlay: null,
          mark: 1,
          folded: 0,
          updatedAt: "",
        })),
      )
      .onConflict((c) =>
        c.column("imageId").doUpdateSet((e) => ({ mark: e("summary.mark", "+", 1) })),
      )
      .execute();
  }

  return {
    find: (imageId: string): Promise<SummaryRow | undefined> =>
      db.selectFrom("summary").selectAll().where("imageId", "=", imageId).executeTakeFirst(),

    /** Of several images, as far as they have any. */
    async findAll(imageIds: readonly string[]): Promise<Map<string, SummaryRow>> {
      const rows = await db
        .selectFrom("summary")
        .selectAll()
        .where("imageId", "in", imageIds)
        .execute();
      return new Map(rows.map((row) => [row.imageId, row]));
    },

    /** Images that have changed since they were folded. */
    async listMarked(): Promise<string[]> {
      const rows = await db
        .selectFrom("summary")
        .innerJoin("image", "image.id", "summary.imageId")
        .select("imageId")
        .whereRef("mark", ">", "folded")
        .where("deletedAt", "is", null)
        .execute();
      return rows.map((row) => row.imageId);
    },

    /** Marks one image, or all images on which a class occurs; answers which. */
    async markImage(imageId: string): Promise<void> {
      await mark(db, [imageId]);
    },

    async markClass(classId: string): Promise<string[]> {
      const rows = await db
        .selectFrom("classcount")
        .select("imageId")
        .where("classId", "=", classId)
        .execute();
      const ids = rows.map((row) => row.imageId);
      await mark(db, ids);
      return ids;
    },

    /** Replaces the images' summaries, counts and (while nobody reviews) states together. */
    async putAll(summaries: readonly NewSummary[]): Promise<void> {
      if (summaries.length === 0) return;
      const ids = summaries.map(({ imageId }) => imageId);
      const empty = new Set(
        summaries.filter(({ objects }) => objects === 0).map(({ imageId }) => imageId),
      );
      const counts = summaries.flatMap(({ imageId, perClass }) =>
        Object.entries(perClass).map(([classId, objects]) => ({ imageId, classId, objects })),
      );
      await db.transaction().execute(async (tx) => {
        await tx
          .insertInto("summary")
          .values(
            summaries.map(({ imageId, seq, objects, overlay, updatedAt, mark: folded }) => ({
              imageId,
              seq,
              objects,
              overlay,
              updatedAt,
              folded,
              mark: folded,
            })),
          )
          .onConflict((c) =>
            c.column("imageId").doUpdateSet((e) => ({
              seq: e.ref("excluded.seq"),
              objects: e.ref("excluded.objects"),
              overlay: e.ref("excluded.overlay"),
              updatedAt: e.ref("excluded.updatedAt"),
              folded: e.ref("excluded.folded"),
            })),
          )
          .execute();
        await tx.deleteFrom("classcount").where("imageId", "in", ids).execute();
        if (counts.length > 0) await tx.insertInto("classcount").values(counts).execute();
        for (const state of ["todo", "in-progress"] as const) {
          const changed = ids.filter((id) => empty.has(id) === (state === "todo"));
          if (changed.length === 0) continue;
          await tx
            .updateTable("image")
            .set({ state })
            .where("id", "in", changed)
            .where("state", "in", ["todo", "in-progress"])
            .where("state", "<>", state)
            .execute();
        }
      });
    },

    /**
     * Records commits: who made (first touch) and last edited each annotation, when image and project last changed,
     * and that the image is to be folded again. Recording the same commits twice is harmless; purged images are
     * passed over. Answers the images that are to be folded.
     */
    record(touches: readonly Touch[]): Promise<string[]> {
      return db.transaction().execute(async (tx) => {
        const ids = [...new Set(touches.map((t) => t.imageId))];
        const known = await tx
          .selectFrom("image")
          .select(["id", "projectId"])
          .where("id", "in", ids)
          .execute();
        const projects = new Map(known.map((row) => [row.id, row.projectId]));
        const kept = touches.filter(({ imageId }) => projects.has(imageId));
        if (kept.length === 0) return [];
        // Hundreds of touches a second come from busy rooms: few statements, whatever their number.
        const latest = kept.reduce((last, { at }) => (at > last ? at : last), "");
        await tx
          .updateTable("image")
          .set({ updatedAt: latest })
          .where("id", "in", [...projects.keys()])
          .execute();
        await tx
          .updateTable("project")
          .set({ lastActivityAt: latest })
          .where("id", "in", [...new Set(projects.values())])
          .where("lastActivityAt", "<", latest)
          .execute();
        await recordAuthorship(tx, kept);
        const marked = [...projects.keys()];
        await mark(tx, marked);
        return marked;
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

/**
 * Who touched what, in one statement with one parameter, however many annotations there are: hundreds a second come from
 * busy rooms, and rows written out as parameters cost more to compile than to store. The later touch wins.
 */
async function recordAuthorship(tx: Kysely<Catalog>, touches: readonly Touch[]): Promise<void> {
  const rows = touches.map((t) => [t.imageId, t.userId, t.at, t.annotationIds]);
  await sql`
    with touch as materialized (
      select value ->> 0 as image, value ->> 1 as person, value ->> 2 as at, value -> 3 as annotations
      from json_each(${JSON.stringify(rows)}))
    insert into authorship ("imageId", "annotationId", "createdBy", "createdAt", "updatedBy", "updatedAt")
    select image, annotation.value, person, at, person, at
    from touch, json_each(touch.annotations) as annotation
    where true
    on conflict ("imageId", "annotationId")
    do update set "updatedBy" = excluded."updatedBy", "updatedAt" = excluded."updatedAt"
  `.execute(tx);
}
