import { api, ApiError, importFields } from "@limn/shared/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { createId } from "../ids.ts";
import { mib } from "../images/archive.ts";
import { createImportJob, type ImportPayload } from "../imports/import-job.ts";
import type { Parts } from "../parts.ts";
import { requireFormat } from "./exports.ts";
import type { Serve } from "./serve.ts";
import { decodeFileName } from "./uploads.ts";

export function serveImports(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { jobs, blobs, intake } = parts;
  const folderOf = (jobId: string): string => `jobs/${jobId}/in`;
  jobs.register("import", createImportJob(parts), ({ id }) => blobs.delete(folderOf(id)));

  serve(api.createImport, async ({ project, person, request }) => {
    const id = createId();
    try {
      const payload = await receive(request, folderOf(id));
      return await jobs.start({
        id,
        projectId: project.id,
        kind: "import",
        payload,
        createdBy: person.id,
      });
    } catch (error) {
      await blobs.delete(folderOf(id));
      throw error;
    }
  });

  /** Files are kept in the blob store, so that the job can run again after a stop of the server. */
  async function receive(request: FastifyRequest, folder: string): Promise<ImportPayload> {
    const fields: Record<string, string> = {};
    const files: { name: string; key: string }[] = [];
    for await (const part of request.parts()) {
      if (part.type !== "file") {
        if (typeof part.value === "string") fields[part.fieldname] = part.value;
        continue;
      }
      const name = decodeFileName(part.filename);
      const key = `${folder}/${files.length}`;
      await blobs.put(key, part.file);
      if (part.file.bytesRead > intake.limits.fileBytes)
        throw new ApiError(
          "too-large",
          `${name} is larger than the limit of ${mib(intake.limits.fileBytes)}: send it in parts.`,
        );
      files.push({ name, key });
    }
    const parsed = importFields.safeParse(fields);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new ApiError(
        "invalid-request",
        `${issue?.path.join(".") ?? "fields"}: ${issue?.message ?? "They are not valid."}`,
      );
    }
    const { format, mode, dryRun } = parsed.data;
    if (format !== "auto") requireFormat(format);
    if (files.length === 0)
      throw new ApiError(
        "invalid-request",
        "No file was sent: put annotation files, pictures or ZIP files into the field `files`.",
      );
    return { format, mode, dryRun: dryRun === "true", files };
  }
}
