import type { ImageState } from "@limn/shared/api";
import type { Role } from "@limn/shared/access";
import type { Kysely } from "kysely";
import type { Catalog, ProjectRow } from "./catalog.ts";

/** What a project's card shows beside the project's own row. */
export interface ProjectFacts {
  readonly states: Partial<Record<ImageState, number>>;
  readonly objects: number;
  readonly cover: readonly string[];
  readonly members: readonly { userId: string; name: string; color: string; role: Role }[];
}

interface Gathered extends ProjectFacts {
  objects: number;
  readonly states: Partial<Record<ImageState, number>>;
  readonly cover: string[];
  readonly members: { userId: string; name: string; color: string; role: Role }[];
}

const COVER_IMAGES = 4;

export function createProjectStore(db: Kysely<Catalog>) {
  return {
    /** Projects in the bin are found too: who asks must look at `deletedAt`. */
    find: (id: string): Promise<ProjectRow | undefined> =>
      db.selectFrom("project").selectAll().where("id", "=", id).executeTakeFirst(),

    /** Newest activity first; of one member, or all (`userId` null). `after` is the last row of the page before. */
    list(
      userId: string | null,
      limit: number,
      after: Pick<ProjectRow, "id" | "lastActivityAt"> | null,
    ): Promise<ProjectRow[]> {
      let query = db
        .selectFrom("project")
        .selectAll("project")
        .where("deletedAt", "is", null)
        .orderBy("lastActivityAt", "desc")
        .orderBy("id")
        .limit(limit);
      if (userId !== null)
        query = query.where("id", "in", (e) =>
          e.selectFrom("member").select("projectId").where("userId", "=", userId),
        );
      if (after !== null)
        query = query.where((e) =>
          e.or([
            e("lastActivityAt", "<", after.lastActivityAt),
            e.and([e("lastActivityAt", "=", after.lastActivityAt), e("id", ">", after.id)]),
          ]),
        );
      return query.execute();
    },

    /** Makes a project and its first lead together; null: nobody yet. */
    async insert(project: ProjectRow, leadId: string | null): Promise<void> {
      await db.transaction().execute(async (tx) => {
        await tx.insertInto("project").values(project).execute();
        if (leadId === null) return;
        await tx
          .insertInto("member")
          .values({
            projectId: project.id,
            userId: leadId,
            role: "lead",
            createdAt: project.createdAt,
          })
          .execute();
      });
    },

    async update(
      id: string,
      changes: Partial<
        Pick<ProjectRow, "name" | "description" | "model" | "lastActivityAt" | "deletedAt">
      >,
    ): Promise<void> {
      await db.updateTable("project").set(changes).where("id", "=", id).execute();
    },

    listDeletedBefore: (time: string): Promise<ProjectRow[]> =>
      db.selectFrom("project").selectAll().where("deletedAt", "<", time).execute(),

    /** Removes a project for good, with all rows below it. */
    async purge(id: string): Promise<void> {
      await db.deleteFrom("project").where("id", "=", id).execute();
    },

    /** Facts of many projects with few queries. */
    async readFacts(ids: readonly string[]): Promise<Map<string, ProjectFacts>> {
      const facts = new Map<string, Gathered>(
        ids.map((id) => [id, { states: {}, objects: 0, cover: [], members: [] }]),
      );
      if (ids.length === 0) return facts;
      const counts = await db
        .selectFrom("image")
        .leftJoin("summary", "summary.imageId", "image.id")
        .select(["projectId", "state"])
        .select((e) => e.fn.countAll<number>().as("images"))
        .select((e) => e.fn.coalesce(e.fn.sum<number>("summary.objects"), e.lit(0)).as("objects"))
        .where("projectId", "in", ids)
        .where("deletedAt", "is", null)
        .groupBy(["projectId", "state"])
        .execute();
      for (const row of counts) {
        const entry = facts.get(row.projectId);
        if (entry === undefined) continue;
        entry.states[row.state] = row.images;
        entry.objects += row.objects;
      }
      for (const id of ids) {
        const cover = await db
          .selectFrom("image")
          .select("id")
          .where("projectId", "=", id)
          .where("deletedAt", "is", null)
          .orderBy("sortKey")
          .limit(COVER_IMAGES)
          .execute();
        facts.get(id)?.cover.push(...cover.map((row) => row.id));
      }
      const members = await db
        .selectFrom("member")
        .innerJoin("user", "user.id", "member.userId")
        .select(["projectId", "userId", "name", "color", "role"])
        .where("projectId", "in", ids)
        .orderBy("member.createdAt")
        .execute();
      for (const { projectId, ...person } of members) facts.get(projectId)?.members.push(person);
      return facts;
    },
  };
}
