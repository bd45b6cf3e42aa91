import type { Role } from "@limn/shared/access";
import type { AnnotationClass, Image, Me, Project } from "@limn/shared/api";
import type { Person } from "../people/accounts.ts";
import type {
  ClassWithCount,
  InvitationRow,
  ListedImage,
  ProjectFacts,
  ProjectRow,
  UserRow,
} from "../store/index.ts";

/* How rows look to the outside: one function per thing, so that nothing leaves the server by accident. */

export function presentMe(user: UserRow | Person): Me {
  const { id, name, email, color } = user;
  return { id, name, email, color, owner: user.owner === 1 || user.owner === true };
}

export function presentProject(
  project: ProjectRow,
  facts: ProjectFacts | undefined,
  role: Role | null,
): Project {
  const states = {
    todo: 0,
    "in-progress": 0,
    ready: 0,
    accepted: 0,
    returned: 0,
    ...facts?.states,
  };
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    createdAt: project.createdAt,
    lastActivityAt: project.lastActivityAt,
    sample: project.sample === 1,
    role,
    images: Object.values(states).reduce((sum, count) => sum + count, 0),
    objects: facts?.objects ?? 0,
    states,
    cover: [...(facts?.cover ?? [])],
    members: (facts?.members ?? []).map(({ userId, name, color }) => ({ userId, name, color })),
  };
}

/** `order` is the position among the project's classes as listed, not the stored place, which may have gaps. */
export function presentClasses(rows: readonly ClassWithCount[]): AnnotationClass[] {
  return rows.map((row, order) => ({
    id: row.id,
    name: row.name,
    color: row.color,
    kind: row.kind,
    order,
    removed: row.removedAt !== null,
    objects: row.objects,
  }));
}

export function presentInvitation(row: InvitationRow) {
  const { id, role, createdBy, createdAt, expiresAt } = row;
  return { id, role, createdBy, createdAt, expiresAt };
}

export function presentImage(row: ListedImage): Image {
  return {
    id: row.id,
    projectId: row.projectId,
    name: row.name,
    width: row.width,
    height: row.height,
    state: row.state,
    objects: row.objects,
    perClass: { ...row.perClass },
    assignee: row.assignee,
    bytes: row.bytes,
    mediaType: row.mediaType,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
    overlay: row.overlay,
    credit: row.credit,
    deleted: row.deletedAt !== null,
  };
}
