import { can, refusal, type Action } from "@limn/shared/access";
import { ApiError, type Permission } from "@limn/shared/api";
import type { Person } from "../people/accounts.ts";
import type { ClassRow, ImageRow, JobRow, ProjectRow, Store } from "../store/index.ts";

/** What a route is about, found by the ids in its path. */
export interface Subject {
  readonly project?: ProjectRow;
  readonly image?: ImageRow;
  readonly annotationClass?: ClassRow;
  readonly job?: JobRow;
}

type Ids = Readonly<Record<string, string | undefined>>;

/**
 * Finds what the path's ids name, with the project it belongs to. What lies in the bin, or in a project that does, is
 * not there; `inBin` admits an image in the bin (to restore it, or to show what could be restored).
 */
export async function findSubject(store: Store, ids: Ids, inBin: boolean): Promise<Subject> {
  if (ids["imageId"] !== undefined) {
    const image = await store.images.find(ids["imageId"]);
    if (image === undefined || (image.deletedAt !== null && !inBin))
      throw new ApiError("not-found", "There is no such image; it may have been deleted.");
    return { image, project: await findProject(store, image.projectId) };
  }
  if (ids["classId"] !== undefined) {
    const annotationClass = await store.classes.find(ids["classId"]);
    if (annotationClass === undefined)
      throw new ApiError("not-found", "There is no such class in any project.");
    return { annotationClass, project: await findProject(store, annotationClass.projectId) };
  }
  if (ids["jobId"] !== undefined) {
    const job = await store.jobs.find(ids["jobId"]);
    if (job === undefined) throw new ApiError("not-found", "There is no such job.");
    return { job, project: await findProject(store, job.projectId) };
  }
  if (ids["projectId"] !== undefined)
    return { project: await findProject(store, ids["projectId"]) };
  return {};
}

async function findProject(store: Store, id: string): Promise<ProjectRow> {
  const project = await store.projects.find(id);
  if (project === undefined || project.deletedAt !== null)
    throw new ApiError("not-found", "There is no such project; it may have been deleted.");
  return project;
}

/** @throws ApiError unless this person may do what the route's permission asks. */
export async function checkPermission(
  store: Store,
  permission: Permission,
  person: Person | null,
  project: ProjectRow | undefined,
): Promise<void> {
  if (permission === "public") return;
  if (person === null) throw new ApiError("not-signed-in", "Sign in, or send an API token.");
  if (permission === "signed-in") return;
  if (!(await mayDo(store, permission, person, project)))
    throw new ApiError("forbidden", refusal(permission));
}

/** The one place where the server asks `can`: with the owner flag and the role in the project at hand. */
export async function mayDo(
  store: Store,
  action: Action,
  person: Person,
  project: Pick<ProjectRow, "id"> | undefined,
): Promise<boolean> {
  const role = project === undefined ? null : await store.members.roleOf(project.id, person.id);
  return can({ owner: person.owner, role }, action);
}
