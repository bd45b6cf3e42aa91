import type { Role } from "@limn/shared/access";
import { api, type Project } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import { createId } from "../ids.ts";
import type { Parts } from "../parts.ts";
import type { Person } from "../people/accounts.ts";
import type { ProjectRow } from "../store/index.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { presentProject } from "./present.ts";
import type { Serve } from "./serve.ts";

export function serveProjects(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, accounts, live, now } = parts;

  async function present(rows: readonly ProjectRow[], person: Person): Promise<Project[]> {
    const facts = await store.projects.readFacts(rows.map((row) => row.id));
    return rows.map((row) => {
      const members = facts.get(row.id)?.members ?? [];
      const role: Role | null = members.find((m) => m.userId === person.id)?.role ?? null;
      return presentProject(row, facts.get(row.id), role);
    });
  }

  async function presentOne(id: string, fallback: ProjectRow, person: Person): Promise<Project> {
    const row = (await store.projects.find(id)) ?? fallback;
    const [project] = await present([row], person);
    return project ?? presentProject(row, undefined, null);
  }

  serve(api.listProjects, async ({ query, person }) => {
    const [lastActivityAt, id] =
      query.cursor === undefined ? [] : readCursor(query.cursor, 2).map(String);
    const after = id === undefined || lastActivityAt === undefined ? null : { lastActivityAt, id };
    const rows = await store.projects.list(person.owner ? null : person.id, query.limit + 1, after);
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      items: await present(page, person),
      next:
        rows.length > query.limit && last !== undefined
          ? writeCursor([last.lastActivityAt, last.id])
          : null,
    };
  });

  serve(api.createProject, async ({ body, person }) => {
    const time = now().toISOString();
    const row: ProjectRow = {
      id: createId(),
      name: body.name,
      description: body.description ?? "",
      sample: 0,
      model: null,
      createdBy: person.id,
      createdAt: time,
      lastActivityAt: time,
      deletedAt: null,
    };
    await store.projects.insert(row, person.id);
    return presentOne(row.id, row, person);
  });

  serve(api.getProject, async ({ project, person }) => presentOne(project.id, project, person));

  serve(api.patchProject, async ({ project, body, person }) => {
    const { name, description } = body;
    await store.projects.update(project.id, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      lastActivityAt: now().toISOString(),
    });
    const changed = await presentOne(project.id, project, person);
    live.publish(project.id, {
      type: "project",
      project: { id: changed.id, name: changed.name },
    });
    return changed;
  });

  serve(api.deleteProject, async ({ project, person }) => {
    const members = await store.members.list(project.id);
    await store.projects.update(project.id, { deletedAt: now().toISOString() });
    // Their sockets in the project look again at what is there, and close.
    for (const userId of new Set([person.id, ...members.map((m) => m.userId)]))
      accounts.forget(userId);
    return {};
  });
}
