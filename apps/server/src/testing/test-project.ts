import { api } from "@limn/shared/api";
import type { ImageLimits } from "../images/limits.ts";
import { buildTestApp, createOwner, type Actor, type TestApp } from "./test-app.ts";

/** A server with its owner and a first, empty project of theirs. */
export interface TestProject extends TestApp {
  readonly owner: Actor;
  readonly projectId: string;
  /** Another empty project of the owner; answers its id. */
  makeProject(name?: string): Promise<string>;
}

export async function buildTestProject(limits?: Partial<ImageLimits>): Promise<TestProject> {
  const server = await buildTestApp({}, limits);
  const owner = await createOwner(server.app);
  const makeProject = async (name = "P"): Promise<string> =>
    (await owner.call(api.createProject, { body: { name } })).id;
  return { ...server, owner, makeProject, projectId: await makeProject() };
}
