import type { Role } from "@limn/shared/access";
import type { Kysely } from "kysely";
import type { Catalog, InvitationRow, MemberRow } from "./catalog.ts";

/** Who takes part in a project, and the links by which others may join. */
export function createMemberStore(db: Kysely<Catalog>) {
  const membersOf = (projectId: string) =>
    db
      .selectFrom("member")
      .innerJoin("user", "user.id", "member.userId")
      .select(["userId", "name", "email", "color", "role", "owner"])
      .where("projectId", "=", projectId);
  return {
    /** Null: not a member. */
    async roleOf(projectId: string, userId: string): Promise<Role | null> {
      const row = await db
        .selectFrom("member")
        .select("role")
        .where("projectId", "=", projectId)
        .where("userId", "=", userId)
        .executeTakeFirst();
      return row?.role ?? null;
    },

    list: (projectId: string) => membersOf(projectId).orderBy("member.createdAt").execute(),

    find: (projectId: string, userId: string) =>
      membersOf(projectId).where("userId", "=", userId).executeTakeFirst(),

    /** False when the person is a member already. */
    async insert(member: MemberRow): Promise<boolean> {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto("member")
        .values(member)
        .onConflict((c) => c.columns(["projectId", "userId"]).doNothing())
        .executeTakeFirst();
      return numInsertedOrUpdatedRows === 1n;
    },

    /**
     * Changes a role, or removes the member (`role` null), unless that would leave the project without a lead.
     * The check and the change are one transaction, so that two leads cannot demote each other at once.
     */
    change(
      projectId: string,
      userId: string,
      role: Role | null,
    ): Promise<"done" | "missing" | "last-lead"> {
      return db.transaction().execute(async (tx) => {
        const all = await tx
          .selectFrom("member")
          .select(["userId", "role"])
          .where("projectId", "=", projectId)
          .execute();
        if (!all.some((m) => m.userId === userId)) return "missing";
        const keepsLead =
          role === "lead" || all.some((m) => m.userId !== userId && m.role === "lead");
        if (!keepsLead) return "last-lead";
        if (role === null)
          await tx
            .deleteFrom("member")
            .where("projectId", "=", projectId)
            .where("userId", "=", userId)
            .execute();
        else
          await tx
            .updateTable("member")
            .set({ role })
            .where("projectId", "=", projectId)
            .where("userId", "=", userId)
            .execute();
        return "done";
      });
    },

    /** Invitations that still work. */
    listInvitations: (projectId: string, now: string): Promise<InvitationRow[]> =>
      db
        .selectFrom("invitation")
        .selectAll()
        .where("projectId", "=", projectId)
        .where("revokedAt", "is", null)
        .where("expiresAt", ">", now)
        .orderBy("createdAt")
        .execute(),

    async insertInvitation(invitation: InvitationRow): Promise<void> {
      await db.insertInto("invitation").values(invitation).execute();
    },

    findInvitation: (secretHash: string): Promise<InvitationRow | undefined> =>
      db
        .selectFrom("invitation")
        .selectAll()
        .where("secretHash", "=", secretHash)
        .executeTakeFirst(),

    async revokeInvitation(projectId: string, id: string, now: string): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable("invitation")
        .set({ revokedAt: now })
        .where("id", "=", id)
        .where("projectId", "=", projectId)
        .where("revokedAt", "is", null)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}
