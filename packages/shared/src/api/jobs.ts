import { z } from "zod";
import { id, nothing } from "./people.ts";
import { IMAGE_STATES } from "./projects.ts";
import { route } from "./route.ts";

const inProject = z.object({ projectId: id });
const byJob = z.object({ jobId: id });

/** What an import or export did. */
export const receipt = z.object({
  images: z.number().int(),
  objects: z.number().int(),
  classes: z.number().int(),
  warnings: z.array(z.string()),
  files: z.array(z.object({ name: z.string(), status: z.string(), reason: z.string().optional() })),
});
export type Receipt = z.infer<typeof receipt>;

export const JOB_STATES = ["waiting", "running", "done", "failed", "cancelled"] as const;
export const job = z.object({
  id,
  projectId: id,
  kind: z.enum(["export", "import", "learn"]),
  state: z.enum(JOB_STATES),
  /** 0..1 */
  progress: z.number(),
  /** What is being done, or why it failed, in a sentence. */
  message: z.string(),
  receipt: receipt.optional(),
  /** Name of the file that `/file` gives, once done. */
  file: z.string().nullable(),
  createdAt: z.string(),
  createdBy: z.string(),
});
export type Job = z.infer<typeof job>;

export const listJobs = route({
  method: "GET",
  path: "/api/projects/:projectId/jobs",
  summary: "The last hundred jobs of a project, newest first",
  tag: "jobs",
  permission: "project.view",
  params: inProject,
  reply: z.object({ items: z.array(job) }),
});

export const getJob = route({
  method: "GET",
  path: "/api/jobs/:jobId",
  summary: "State, progress and receipt of a job",
  tag: "jobs",
  permission: "project.view",
  params: byJob,
  reply: job,
});

export const cancelJob = route({
  method: "DELETE",
  path: "/api/jobs/:jobId",
  summary: "Cancels a job that waits or runs",
  tag: "jobs",
  permission: "project.view",
  params: byJob,
  reply: nothing,
});

export const jobFile = route({
  method: "GET",
  path: "/api/jobs/:jobId/file",
  summary: "The file that an export made",
  tag: "jobs",
  permission: "data.export",
  params: byJob,
  reply: z.unknown(),
  download: "bytes",
});

export const listFormats = route({
  method: "GET",
  path: "/api/formats",
  summary: "Formats that can be exported and imported",
  tag: "jobs",
  permission: "public",
  reply: z.object({
    items: z.array(
      z.object({
        id: z.string(),
        label: z.string(),
        keeps: z.string(),
        read: z.boolean(),
        write: z.boolean(),
      }),
    ),
  }),
});

export const createExport = route({
  method: "POST",
  path: "/api/projects/:projectId/exports",
  summary: "Starts an export",
  tag: "jobs",
  permission: "data.export",
  params: inProject,
  body: z.object({
    format: z.string(),
    /** Put the pictures themselves into the archive. */
    withImages: z.boolean().default(false),
    filter: z
      .object({
        state: z.enum(IMAGE_STATES).optional(),
        class: id.optional(),
        images: z.array(id).max(100_000).optional(),
      })
      .optional(),
  }),
  reply: job,
  status: 202,
});

export const createImport = route({
  method: "POST",
  path: "/api/projects/:projectId/imports",
  summary:
    "Starts an import (multipart: format, mode, dryRun and files; images, annotation files or zips of both)",
  tag: "jobs",
  permission: "data.import",
  params: inProject,
  upload: "multipart",
  reply: job,
  status: 202,
});
/** Text fields of the multipart body of an import. */
export const importFields = z.object({
  format: z.string().default("auto"),
  mode: z.enum(["append", "merge", "replace"]).default("append"),
  dryRun: z.enum(["true", "false"]).default("false"),
});
