import { can } from "@limn/shared/access";
import type { FastifyRequest } from "fastify";
import type { Parts } from "../parts.ts";
import type { Person } from "../people/accounts.ts";
import type { Access, Refusal } from "../rooms/index.ts";

/**
 * Who a socket belongs to, asked again whenever that may have changed: `?token=` for programs, else the cookie that
 * came with the upgrade.
 */
export async function identifySocket(
  { accounts }: Pick<Parts, "accounts">,
  request: FastifyRequest,
): Promise<Person | null> {
  const { token } = request.query as { token?: unknown };
  const { value } = await accounts.identify(
    typeof token === "string" ? { token } : { cookie: request.headers.cookie },
  );
  return value;
}

/** Who is this connection, and what may they do on this image now? Codes as in the table of close codes. */
export async function authorizeRoom(
  parts: Parts,
  request: FastifyRequest,
  imageId: string,
): Promise<Access | Refusal> {
  const person = await identifySocket(parts, request);
  if (person === null) return { refused: 4401 };
  const image = await parts.store.images.find(imageId);
  if (image === undefined || image.deletedAt !== null) return { refused: 4404 };
  const access = await lookUpProject(parts, person, image.projectId);
  if (typeof access === "number") return { refused: access };
  const { id: userId, name, color } = person;
  return { userId, name, color, canWrite: access.canWrite };
}

/** Rights in a project, or the code to close with. */
export async function lookUpProject(
  { store }: Pick<Parts, "store">,
  person: Person,
  projectId: string,
): Promise<{ readonly canWrite: boolean } | 4403 | 4404> {
  const project = await store.projects.find(projectId);
  if (project === undefined || project.deletedAt !== null) return 4404;
  const role = await store.members.roleOf(projectId, person.id);
  const actor = { owner: person.owner, role };
  if (!can(actor, "project.view")) return 4403;
  return { canWrite: can(actor, "annotation.write") };
}
