import { api, type Job } from "@limn/shared/api";
import type { Input } from "@limn/shared/api";
import { type FilePart, multipartBody } from "./upload.ts";
import type { Actor } from "./test-app.ts";

/** Asks until a job has ended, however it did. */
export async function endOf(actor: Actor, jobId: string): Promise<Job> {
  for (;;) {
    const job = await actor.call(api.getJob, { params: { jobId } });
    if (job.state !== "waiting" && job.state !== "running") return job;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Starts an import of files and waits for its end. */
export async function importFiles(
  actor: Actor,
  projectId: string,
  files: readonly FilePart[],
  fields: Readonly<Record<string, string>> = {},
): Promise<Job> {
  const response = await actor.inject({
    method: "POST",
    url: `/api/projects/${projectId}/imports`,
    ...multipartBody(files, fields),
  });
  if (response.statusCode !== 202) throw new Error(`${response.statusCode} ${response.body}`);
  return endOf(actor, response.json<Job>().id);
}

type ExportBody = Input<typeof api.createExport>["body"];

/** Runs an export to its end and fetches its file. */
export async function exportFile(
  actor: Actor,
  projectId: string,
  body: ExportBody,
): Promise<{ readonly job: Job; readonly bytes: Buffer }> {
  const { id } = await actor.call(api.createExport, { params: { projectId }, body });
  const job = await endOf(actor, id);
  if (job.state !== "done") throw new Error(`The export ended ${job.state}: ${job.message}`);
  const file = await actor.inject({ method: "GET", url: `/api/jobs/${id}/file` });
  if (file.statusCode !== 200) throw new Error(`${file.statusCode} ${file.body}`);
  return { job, bytes: file.rawPayload };
}
