import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import { serveAnnotations } from "./annotations.ts";
import { serveClasses } from "./classes.ts";
import { serveImageFiles } from "./image-files.ts";
import { serveExports } from "./exports.ts";
import { serveImages } from "./images.ts";
import { serveImports } from "./imports.ts";
import { serveInstance } from "./instance.ts";
import { serveJobs } from "./jobs.ts";
import { serveLiveSocket } from "./live.ws.ts";
import { serveModels } from "./models.ts";
import { serveMembers } from "./members.ts";
import { servePeople } from "./people.ts";
import { serveProjects } from "./projects.ts";
import { serveRoomSocket } from "./room.ws.ts";
import { serveSegment } from "./segment.ts";
import { createServe } from "./serve.ts";
import { serveUploads } from "./uploads.ts";

/** Every resource of the API, one file each. */
const resources = [
  serveInstance,
  servePeople,
  serveProjects,
  serveClasses,
  serveMembers,
  serveImages,
  serveImageFiles,
  serveUploads,
  serveAnnotations,
  serveSegment,
  serveModels,
  serveJobs,
  serveExports,
  serveImports,
] as const;

export function serveApi(app: FastifyInstance, parts: Parts): void {
  const serve = createServe(app, parts);
  for (const serveResource of resources) serveResource(serve, app, parts);
  serveRoomSocket(app, parts);
  serveLiveSocket(app, parts);
}
