import { api, ApiError, type ApiAnnotation } from "@limn/shared/api";
import type { AnnotationRecord } from "@limn/shared/document";
import { ringsBounds } from "@limn/shared/geometry";
import type { FastifyInstance } from "fastify";
import { createId } from "../ids.ts";
import type { Parts } from "../parts.ts";
import type { ImageRow } from "../store/index.ts";
import { SAMPLE_AUTHOR } from "../sample/make-sample.ts";
import type { Serve } from "./serve.ts";

/** Nothing of it would ever be seen. A mask cannot: its size is the image's. */
function liesOutside(
  rings: readonly (readonly number[])[] | undefined,
  bbox: readonly [number, number, number, number] | undefined,
  size: { readonly width: number; readonly height: number },
): boolean {
  const box = bbox
    ? { x: bbox[0], y: bbox[1], width: bbox[2], height: bbox[3] }
    : ringsBounds(rings ?? []);
  if (box === undefined) return false;
  const { x, y, width, height } = box;
  return x >= size.width || y >= size.height || x + width < 0 || y + height < 0;
}

export function serveAnnotations(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, documents } = parts;

  /** Who made what is not in the document: it was recorded when the server let it in. */
  async function present(
    imageId: string,
    records: readonly AnnotationRecord[],
  ): Promise<ApiAnnotation[]> {
    const authors = await store.summaries.listAuthorship(imageId);
    return records.map(({ id, classId, shape, bbox, area, rle, rings, name }) => {
      const author = authors.get(id);
      return {
        id,
        classId,
        shape,
        bbox: [...bbox],
        area,
        ...(rle === undefined ? {} : { rle: { size: [...rle.size], counts: rle.counts } }),
        ...(rings === undefined ? {} : { rings: rings.map((ring) => [...ring]) }),
        ...(name === undefined ? {} : { name }),
        createdBy: personOrNull(author?.createdBy),
        createdAt: author?.createdAt ?? null,
        updatedBy: personOrNull(author?.updatedBy),
        updatedAt: author?.updatedAt ?? null,
      };
    });
  }

  async function checkClasses(image: ImageRow, classIds: readonly string[]): Promise<void> {
    const classes = new Map(
      (await store.classes.list(image.projectId)).map((row) => [row.id, row]),
    );
    for (const [index, classId] of classIds.entries()) {
      const found = classes.get(classId);
      if (found === undefined)
        throw new ApiError(
          "unknown-class",
          `annotations.${index}: The project has no class with the id "${classId}": GET its classes first.`,
        );
      if (found.removedAt !== null)
        throw new ApiError(
          "unknown-class",
          `annotations.${index}: The class "${found.name}" was removed: restore it, or choose another.`,
        );
    }
  }

  serve(api.listAnnotations, async ({ image }) => ({
    items: await present(image.id, await documents.readAnnotations(image)),
    next: null,
  }));

  serve(api.createAnnotations, async ({ image, body, person }) => {
    await checkClasses(
      image,
      body.annotations.map((annotation) => annotation.classId),
    );
    for (const [index, { rings, bbox }] of body.annotations.entries())
      if (liesOutside(rings, bbox, image))
        throw new ApiError(
          "unprocessable",
          `annotations.${index}: It lies outside the image, which is ${image.width} x ${image.height}.`,
        );
    const annotations = body.annotations.map(({ id, ...rest }) => ({
      id: id ?? createId(),
      ...rest,
    }));
    const ids = annotations.map(({ id }) => id);
    if (new Set(ids).size < ids.length)
      throw new ApiError("invalid-request", "annotations: Two of them have the same id.");
    await documents.addAnnotations(image, person.id, annotations);
    const records = await documents.readAnnotations(image, { ids });
    const byId = new Map(records.map((record) => [record.id, record]));
    // In the order of the request; what was deleted in the meantime is left out.
    return {
      items: await present(
        image.id,
        ids.flatMap((id) => byId.get(id) ?? []),
      ),
    };
  });
}

function personOrNull(userId: string | undefined): string | null {
  return userId === undefined || userId === SAMPLE_AUTHOR ? null : userId;
}
