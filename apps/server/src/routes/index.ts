import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import { serveClasses } from "./classes.ts";
import { serveInstance } from "./instance.ts";
import { serveMembers } from "./members.ts";
import { servePeople } from "./people.ts";
import { serveProjects } from "./projects.ts";
import { createServe } from "./serve.ts";

/** Every resource of the API, one file each. */
const resources = [serveInstance, servePeople, serveProjects, serveClasses, serveMembers] as const;

export function serveApi(app: FastifyInstance, parts: Parts): void {
  const serve = createServe(app, parts);
  for (const serveResource of resources) serveResource(serve, app, parts);
}
