import type { IMAGE_SORTS, ImageState } from "@limn/shared/api";
import { type ExpressionBuilder, type Kysely, sql } from "kysely";
import type { Catalog, ImageRow } from "./catalog.ts";

/** An image with what lists show of its document, which no list ever opens. */
export type ListedImage = ImageRow & {
  readonly objects: number;
  readonly overlay: string | null;
  readonly perClass: Readonly<Record<string, number>>;
};

export interface ImageFilter {
  readonly state?: ImageState | undefined;
  readonly class?: string | undefined;
  readonly assignee?: string | undefined;
  /** Part of the name, in any case. */
  readonly q?: string | undefined;
  readonly deleted: boolean;
}

export type ImageSort = (typeof IMAGE_SORTS)[number];
/** Where the page before ended: its last row's value of the sorted column, and its id. */
export interface ImageCursor {
  readonly value: string | number;
  readonly id: string;
}

type Selection = ImageRow & { objects: number; overlay: string | null };

export function createImageStore(db: Kysely<Catalog>) {
  const listed = () =>
    db
      .selectFrom("image")
      .leftJoin("summary", "summary.imageId", "image.id")
      .selectAll("image")
      .select("overlay")
      .select((e) => e.fn.coalesce("summary.objects", e.lit(0)).as("objects"));

  async function withClasses(rows: readonly Selection[]): Promise<ListedImage[]> {
    const perClass = new Map<string, Record<string, number>>();
    if (rows.length > 0)
      for (const row of await db
        .selectFrom("classcount")
        .selectAll()
        .where(
          "imageId",
          "in",
          rows.map((r) => r.id),
        )
        .execute()) {
        const counts = perClass.get(row.imageId) ?? {};
        counts[row.classId] = row.objects;
        perClass.set(row.imageId, counts);
      }
    return rows.map((row) => ({ ...row, perClass: perClass.get(row.id) ?? {} }));
  }

  return {
    /** Images in the bin are found too: who asks must look at `deletedAt`. */
    find: (id: string): Promise<ImageRow | undefined> =>
      db.selectFrom("image").selectAll().where("id", "=", id).executeTakeFirst(),

    async findListed(id: string): Promise<ListedImage | undefined> {
      const row = await listed().where("image.id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : (await withClasses([row]))[0];
    },

    async findAllListed(ids: readonly string[]): Promise<ListedImage[]> {
      return withClasses(await listed().where("image.id", "in", ids).execute());
    },

    /** The image outside the bin with this path (in NFC). */
    findByName: (projectId: string, nameKey: string): Promise<ImageRow | undefined> =>
      db
        .selectFrom("image")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("nameKey", "=", nameKey)
        .where("deletedAt", "is", null)
        .executeTakeFirst(),

    /** Another image of the project with the same bytes. */
    findTwin: (projectId: string, sha256: string): Promise<ImageRow | undefined> =>
      db
        .selectFrom("image")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("sha256", "=", sha256)
        .where("deletedAt", "is", null)
        .executeTakeFirst(),

    async list(
      projectId: string,
      filter: ImageFilter,
      sort: ImageSort,
      limit: number,
      after: ImageCursor | null,
    ): Promise<{ items: ListedImage[]; next: ImageCursor | null; total: number }> {
      const where = matching(projectId, filter);
      const { column, descending } = sortColumn(sort);
      let query = listed()
        .where(where)
        .orderBy(column, descending ? "desc" : "asc")
        .orderBy("image.id", descending ? "desc" : "asc")
        .limit(limit + 1);
      if (after !== null) {
        const beyond = descending ? "<" : ">";
        query = query.where((e) =>
          e.or([
            e(column, beyond, after.value),
            e.and([e(column, "=", after.value), e("image.id", beyond, after.id)]),
          ]),
        );
      }
      const rows = await query.execute();
      const { total } = await db
        .selectFrom("image")
        .select((e) => e.fn.countAll<number>().as("total"))
        .where(where)
        .executeTakeFirstOrThrow();
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      const next =
        rows.length > limit && last !== undefined
          ? { value: sortValue(last, sort), id: last.id }
          : null;
      return { items: await withClasses(page), next, total };
    },

    /** Ids of all images outside the bin, in the order of their names. */
    async listIds(projectId: string): Promise<string[]> {
      const rows = await db
        .selectFrom("image")
        .select("id")
        .where("projectId", "=", projectId)
        .where("deletedAt", "is", null)
        .orderBy("sortKey")
        .orderBy("id")
        .execute();
      return rows.map((row) => row.id);
    },

    /** What is known of these bytes from any project of the installation. */
    findBySha: (
      sha256: string,
    ): Promise<Pick<ImageRow, "width" | "height" | "servedType"> | undefined> =>
      db
        .selectFrom("image")
        .select(["width", "height", "servedType"])
        .where("sha256", "=", sha256)
        .executeTakeFirst(),

    /** False when another image of the project has this path. */
    async insert(row: ImageRow): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("image")
        .values(row)
        .onConflict((c) => c.doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },

    /** Takes an image out of the bin; false when another image has its path by now. */
    restore: (id: string, now: string): Promise<boolean> =>
      db.transaction().execute(async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable("image")
          .set({ deletedAt: null, updatedAt: now })
          .where("id", "=", id)
          .where((e) =>
            e.not(
              e.exists(
                e
                  .selectFrom("image as other")
                  .select("other.id")
                  .whereRef("other.projectId", "=", "image.projectId")
                  .whereRef("other.nameKey", "=", "image.nameKey")
                  .where("other.deletedAt", "is", null)
                  .where("other.id", "!=", id),
              ),
            ),
          )
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      }),

    async update(
      id: string,
      changes: Partial<Pick<ImageRow, "state" | "assignee" | "updatedAt" | "deletedAt">>,
    ): Promise<void> {
      await db.updateTable("image").set(changes).where("id", "=", id).execute();
    },

    listDeletedBefore: (time: string): Promise<ImageRow[]> =>
      db.selectFrom("image").selectAll().where("deletedAt", "<", time).execute(),

    listOfProject: (projectId: string): Promise<ImageRow[]> =>
      db.selectFrom("image").selectAll().where("projectId", "=", projectId).execute(),

    /** Removes an image for good, with all rows below it. */
    async purge(id: string): Promise<void> {
      await db.deleteFrom("image").where("id", "=", id).execute();
    },

    /** Whether any image, in the bin or not, still needs the blob of these bytes. */
    async isUsed(sha256: string): Promise<boolean> {
      const row = await db
        .selectFrom("image")
        .select("id")
        .where("sha256", "=", sha256)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function matching(projectId: string, filter: ImageFilter) {
  return (e: ExpressionBuilder<Catalog, "image">) => {
    const all = [
      e("image.projectId", "=", projectId),
      e("image.deletedAt", filter.deleted ? "is not" : "is", null),
    ];
    if (filter.state !== undefined) all.push(e("image.state", "=", filter.state));
    if (filter.assignee !== undefined) all.push(e("image.assignee", "=", filter.assignee));
    if (filter.class !== undefined)
      all.push(
        e(
          "image.id",
          "in",
          e.selectFrom("classcount").select("imageId").where("classId", "=", filter.class),
        ),
      );
    if (filter.q !== undefined && filter.q !== "") {
      const pattern = `%${searchText(filter.q).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      all.push(e(sql<string>`"image"."searchKey"`, "like", sql<string>`${pattern} escape '\\'`));
    }
    return e.and(all);
  };
}

/** What a search compares: lower case, composed. */
export function searchText(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** A path whose plain order is the order people expect: 2 before 10, upper beside lower case. */
export function sortText(path: string): string {
  return searchText(path).replaceAll(/\d+/g, (digits) =>
    digits.replace(/^0+(?=\d)/, "").padStart(12, "0"),
  );
}

function sortColumn(sort: ImageSort) {
  const descending = sort.startsWith("-");
  const key = descending ? sort.slice(1) : sort;
  if (key === "created") return { column: "image.createdAt", descending } as const;
  if (key === "updated") return { column: "image.updatedAt", descending } as const;
  if (key === "objects")
    return { column: sql<number>`coalesce("summary"."objects", 0)`, descending } as const;
  return { column: "image.sortKey", descending } as const;
}

function sortValue(row: Selection, sort: ImageSort): string | number {
  if (sort.endsWith("created")) return row.createdAt;
  if (sort.endsWith("updated")) return row.updatedAt;
  if (sort.endsWith("objects")) return row.objects;
  return row.sortKey;
}
