import type { Job, Receipt } from "@limn/shared/api";
import type { JobRow } from "../store/index.ts";

/** How a job looks to the outside. */
export function presentJob(row: JobRow): Job {
  return {
    id: row.id,
    projectId: row.projectId,
    kind: row.kind,
    state: row.state,
    progress: row.progress,
    message: row.message,
    // Written by the job's own handler through a type that is this one.
    ...(row.receipt === null ? {} : { receipt: JSON.parse(row.receipt) as Receipt }),
    file: row.fileName,
    createdAt: row.createdAt,
    createdBy: row.createdBy,
  };
}
