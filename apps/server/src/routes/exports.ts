import { api, ApiError } from "@limn/shared/api";
import { findFormat, FORMATS } from "@limn/shared/formats";
import type { FastifyInstance } from "fastify";
import { createExportJob, type ExportPayload } from "../exports/export-job.ts";
import type { Parts } from "../parts.ts";
import type { Serve } from "./serve.ts";

export function serveExports(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, jobs } = parts;
  jobs.register("export", createExportJob(parts));

  serve(api.listFormats, async () => ({
    items: FORMATS.map(({ id, label, keeps }) => ({ id, label, keeps, read: true, write: true })),
  }));

  serve(api.createExport, async ({ project, person, body }) => {
    const { format, withImages, filter } = body;
    requireFormat(format);
    if (filter?.class !== undefined) {
      const found = await store.classes.find(filter.class);
      if (found?.projectId !== project.id)
        throw new ApiError(
          "unknown-class",
          `filter.class: The project has no class with the id "${filter.class}".`,
        );
    }
    if (filter?.images !== undefined) await requireImages(project.id, filter.images);
    const payload: ExportPayload = {
      format,
      withImages,
      state: filter?.state ?? null,
      classId: filter?.class ?? null,
      images: filter?.images ?? null,
    };
    return jobs.start({ projectId: project.id, kind: "export", payload, createdBy: person.id });
  });

  /** @throws ApiError that names the first image that the project does not have */
  async function requireImages(projectId: string, ids: readonly string[]): Promise<void> {
    const images = await store.images.listOfProject(projectId);
    const known = new Set(images.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => id));
    const missing = ids.find((id) => !known.has(id));
    if (missing !== undefined)
      throw new ApiError(
        "not-found",
        `filter.images: The project has no image with the id "${missing}"; it may have been deleted.`,
      );
  }
}

/** @throws ApiError that names the formats there are */
export function requireFormat(id: string): void {
  if (findFormat(id) === undefined)
    throw new ApiError(
      "unprocessable",
      `format: There is no format "${id}"; there is ${FORMATS.map((format) => format.id).join(", ")}.`,
    );
}
