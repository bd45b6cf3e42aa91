import { api, ApiError } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import { presentJob } from "../jobs/present-job.ts";
import type { Parts } from "../parts.ts";
import { attachment } from "./image-bytes.ts";
import type { Serve } from "./serve.ts";
import { mayDo } from "./subject.ts";

export function serveJobs(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, jobs, blobs } = parts;

  serve(api.listJobs, async ({ project }) => ({
    items: (await store.jobs.list(project.id)).map(presentJob),
  }));

  serve(api.getJob, async ({ job }) => presentJob(job));

  serve(api.cancelJob, async ({ job, project, person }) => {
    if (job.createdBy !== person.id && !(await mayDo(store, "job.cancel", person, project)))
      throw new ApiError("forbidden", "Only whoever started a job, or a lead, can cancel it.");
    if (!(await jobs.cancel(job.id)))
      throw new ApiError("conflict", "The job has ended already: there is nothing to cancel.");
    return {};
  });

  serve(api.jobFile, async ({ job, reply }) => {
    if (job.state !== "done")
      throw new ApiError("conflict", "The job has not ended well, so that it has no file.");
    if (job.fileKey === null || job.fileName === null)
      throw new ApiError("gone", "There is no file: the job made none, or it has been removed.");
    const [stream, size] = [await blobs.get(job.fileKey), await blobs.size(job.fileKey)];
    if (stream === null || size === null)
      throw new ApiError("gone", "The file has been removed: start the job again.");
    return reply
      .header("content-disposition", attachment(job.fileName))
      .header("content-length", size)
      .header("cache-control", "private, no-store")
      .type(job.fileType ?? "application/octet-stream")
      .send(stream);
  });
}
