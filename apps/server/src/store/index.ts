import type { Kysely } from "kysely";
import type { Catalog } from "./catalog.ts";
import { createClassStore } from "./classes.ts";
import { createImageStore } from "./images.ts";
import { createJobStore } from "./jobs.ts";
import { createMemberStore } from "./members.ts";
import { createModelStore } from "./models.ts";
import { createPeopleStore } from "./people.ts";
import { createProjectStore } from "./projects.ts";
import { createSettingsStore } from "./settings.ts";
import { openSqliteCatalog } from "./sqlite.ts";
import { createSummaryStore } from "./summaries.ts";

/**
 * The catalog by resource. Nothing here is SQLite's own but the opening of the file: the queries are Kysely's,
 * so PostgreSQL needs another `open...Catalog` and no other line.
 */
export function createStore(
  db: Kysely<Catalog>,
  stopCheckpoints: () => Promise<void> = () => Promise.resolve(),
) {
  return {
    /** For better-auth alone, which keeps accounts and sessions in the same catalog. */
    db,
    people: createPeopleStore(db),
    settings: createSettingsStore(db),
    projects: createProjectStore(db),
    members: createMemberStore(db),
    classes: createClassStore(db),
    images: createImageStore(db),
    summaries: createSummaryStore(db),
    jobs: createJobStore(db),
    models: createModelStore(db),
    async close(): Promise<void> {
      await stopCheckpoints();
      await db.destroy();
    },
  };
}

export type Store = ReturnType<typeof createStore>;
export { openSqliteCatalog };
export { startCheckpoints } from "./checkpoints.ts";
export type {
  Catalog,
  ClassRow,
  ImageRow,
  InvitationRow,
  JobRow,
  ModelRow,
  ProjectRow,
  UserRow,
} from "./catalog.ts";
export { searchText, sortText, type ListedImage } from "./images.ts";
export type { ClassWithCount } from "./classes.ts";
export type { ProjectFacts } from "./projects.ts";
export type { NewSummary } from "./summaries.ts";
