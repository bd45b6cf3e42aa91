import type { Kysely } from "kysely";
import type { Catalog, TokenRow, UserRow } from "./catalog.ts";

/** Accounts and API tokens. Passwords and sessions are better-auth's, in tables of the same catalog. */
export function createPeopleStore(db: Kysely<Catalog>) {
  return {
    findUser: (id: string): Promise<UserRow | undefined> =>
      db.selectFrom("user").selectAll().where("id", "=", id).executeTakeFirst(),

    /** E-mails are kept in lower case. */
    findUserByEmail: (email: string): Promise<UserRow | undefined> =>
      db.selectFrom("user").selectAll().where("email", "=", email.toLowerCase()).executeTakeFirst(),

    findOwner: (): Promise<UserRow | undefined> =>
      db.selectFrom("user").selectAll().where("owner", "=", 1).executeTakeFirst(),

    async countUsers(): Promise<number> {
      const row = await db
        .selectFrom("user")
        .select((e) => e.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return row.count;
    },

    async updateUser(
      id: string,
      changes: Partial<Pick<UserRow, "name" | "color" | "owner">>,
      now: string,
    ): Promise<void> {
      await db
        .updateTable("user")
        .set({ ...changes, updatedAt: now })
        .where("id", "=", id)
        .execute();
    },

    listTokens: (userId: string): Promise<TokenRow[]> =>
      db
        .selectFrom("token")
        .selectAll()
        .where("userId", "=", userId)
        .orderBy("createdAt")
        .orderBy("id")
        .execute(),

    async insertToken(token: TokenRow): Promise<void> {
      await db.insertInto("token").values(token).execute();
    },

    /** False when this person has no such token. */
    async deleteToken(userId: string, id: string): Promise<boolean> {
      const { numDeletedRows } = await db
        .deleteFrom("token")
        .where("id", "=", id)
        .where("userId", "=", userId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },

    findTokenByHash: (hash: string): Promise<TokenRow | undefined> =>
      db.selectFrom("token").selectAll().where("hash", "=", hash).executeTakeFirst(),

    async touchToken(id: string, now: string): Promise<void> {
      await db.updateTable("token").set({ lastUsedAt: now }).where("id", "=", id).execute();
    },
  };
}
