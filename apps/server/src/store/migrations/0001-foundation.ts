import { type Kysely, sql } from "kysely";
import type { Migration } from "kysely/migration";

/** Times are text, flags integers, ids text of at most 64 characters. */
export const foundation: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createPeople(db);
    await createProjects(db);
    await createImages(db);
    await createJobs(db);
  },
};

async function createPeople(db: Kysely<unknown>): Promise<void> {
  // user, session, account, verification: the shape that better-auth 1.7 expects (its `compileMigrations`).
  await db.schema
    .createTable("user")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("email", "text", (c) => c.notNull().unique())
    .addColumn("emailVerified", "integer", (c) => c.notNull())
    .addColumn("image", "text")
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addColumn("color", "text", (c) => c.notNull())
    .addColumn("owner", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable("session")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("expiresAt", "text", (c) => c.notNull())
    .addColumn("token", "text", (c) => c.notNull().unique())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addColumn("ipAddress", "text")
    .addColumn("userAgent", "text")
    .addColumn("userId", "text", (c) => c.notNull().references("user.id").onDelete("cascade"))
    .execute();
  await db.schema
    .createTable("account")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("accountId", "text", (c) => c.notNull())
    .addColumn("providerId", "text", (c) => c.notNull())
    .addColumn("userId", "text", (c) => c.notNull().references("user.id").onDelete("cascade"))
    .addColumn("accessToken", "text")
    .addColumn("refreshToken", "text")
    .addColumn("idToken", "text")
    .addColumn("accessTokenExpiresAt", "text")
    .addColumn("refreshTokenExpiresAt", "text")
    .addColumn("scope", "text")
    .addColumn("password", "text")
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("verification")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("identifier", "text", (c) => c.notNull())
    .addColumn("value", "text", (c) => c.notNull())
    .addColumn("expiresAt", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("token")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("userId", "text", (c) => c.notNull().references("user.id").onDelete("cascade"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("prefix", "text", (c) => c.notNull())
    .addColumn("hash", "text", (c) => c.notNull().unique())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("lastUsedAt", "text")
    .execute();
  for (const table of ["session", "account", "token"] as const)
    await db.schema.createIndex(`${table}_userId_idx`).on(table).column("userId").execute();
  await db.schema
    .createIndex("verification_identifier_idx")
    .on("verification")
    .column("identifier")
    .execute();
}

async function createProjects(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("project")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("description", "text", (c) => c.notNull())
    .addColumn("sample", "integer", (c) => c.notNull())
    .addColumn("createdBy", "text", (c) => c.references("user.id").onDelete("set null"))
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("lastActivityAt", "text", (c) => c.notNull())
    .addColumn("deletedAt", "text")
    .execute();
  await db.schema
    .createTable("member")
    .addColumn("projectId", "text", (c) => c.notNull().references("project.id").onDelete("cascade"))
    .addColumn("userId", "text", (c) => c.notNull().references("user.id").onDelete("cascade"))
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("member_pk", ["projectId", "userId"])
    .execute();
  await db.schema.createIndex("member_userId_idx").on("member").column("userId").execute();
  await db.schema
    .createTable("invitation")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("projectId", "text", (c) => c.notNull().references("project.id").onDelete("cascade"))
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("secretHash", "text", (c) => c.notNull().unique())
    .addColumn("createdBy", "text", (c) => c.notNull().references("user.id").onDelete("cascade"))
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("expiresAt", "text", (c) => c.notNull())
    .addColumn("revokedAt", "text")
    .execute();
  await db.schema
    .createIndex("invitation_projectId_idx")
    .on("invitation")
    .column("projectId")
    .execute();
  await db.schema
    .createTable("class")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("projectId", "text", (c) => c.notNull().references("project.id").onDelete("cascade"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("color", "text", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("place", "integer", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("removedAt", "text")
    .execute();
  await db.schema.createIndex("class_projectId_idx").on("class").column("projectId").execute();
}

async function createImages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("image")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("projectId", "text", (c) => c.notNull().references("project.id").onDelete("cascade"))
    .addColumn("name", "text", (c) => c.notNull())
    .addColumn("nameKey", "text", (c) => c.notNull())
    .addColumn("searchKey", "text", (c) => c.notNull())
    .addColumn("sortKey", "text", (c) => c.notNull())
    .addColumn("sha256", "text", (c) => c.notNull())
    .addColumn("bytes", "integer", (c) => c.notNull())
    .addColumn("mediaType", "text", (c) => c.notNull())
    .addColumn("width", "integer", (c) => c.notNull())
    .addColumn("height", "integer", (c) => c.notNull())
    .addColumn("servedType", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("assignee", "text", (c) => c.references("user.id").onDelete("set null"))
    .addColumn("credit", "text")
    .addColumn("createdBy", "text", (c) => c.references("user.id").onDelete("set null"))
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addColumn("deletedAt", "text")
    .execute();
  // A path names one image of a project; what lies in the bin does not hold its path.
  await sql`create unique index "image_path_idx" on "image" ("projectId", "nameKey") where "deletedAt" is null`.execute(
    db,
  );
  await db.schema
    .createIndex("image_sort_idx")
    .on("image")
    .columns(["projectId", "sortKey", "id"])
    .execute();
  await db.schema.createIndex("image_sha256_idx").on("image").column("sha256").execute();
  const ofImage = (table: string) =>
    db.schema
      .createTable(table)
      .addColumn("imageId", "text", (c) => c.notNull().references("image.id").onDelete("cascade"));
  await ofImage("summary")
    .addColumn("seq", "integer", (c) => c.notNull())
    .addColumn("objects", "integer", (c) => c.notNull())
    .addColumn("overlay", "text")
    .addColumn("mark", "integer", (c) => c.notNull())
    .addColumn("folded", "integer", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("summary_pk", ["imageId"])
    .execute();
  await ofImage("classcount")
    .addColumn("classId", "text", (c) => c.notNull())
    .addColumn("objects", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("classcount_pk", ["imageId", "classId"])
    .execute();
  await db.schema
    .createIndex("classcount_classId_idx")
    .on("classcount")
    .column("classId")
    .execute();
  await ofImage("authorship")
    .addColumn("annotationId", "text", (c) => c.notNull())
    .addColumn("createdBy", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("updatedBy", "text", (c) => c.notNull())
    .addColumn("updatedAt", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("authorship_pk", ["imageId", "annotationId"])
    .execute();
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("job")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("projectId", "text", (c) => c.notNull().references("project.id").onDelete("cascade"))
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("payload", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("progress", "real", (c) => c.notNull())
    .addColumn("message", "text", (c) => c.notNull())
    .addColumn("receipt", "text")
    .addColumn("fileKey", "text")
    .addColumn("fileName", "text")
    .addColumn("fileType", "text")
    .addColumn("tries", "integer", (c) => c.notNull())
    .addColumn("createdBy", "text", (c) => c.notNull())
    .addColumn("createdAt", "text", (c) => c.notNull())
    .addColumn("finishedAt", "text")
    .execute();
  await db.schema
    .createIndex("job_project_idx")
    .on("job")
    .columns(["projectId", "createdAt"])
    .execute();
  await db.schema.createIndex("job_state_idx").on("job").column("state").execute();
  await db.schema
    .createTable("setting")
    .addColumn("key", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .execute();
}
