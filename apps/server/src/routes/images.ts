import { api, ApiError, type Image } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import type { ImageRow } from "../store/index.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { presentImage } from "./present.ts";
import type { Serve } from "./serve.ts";

export function serveImages(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, live, rooms, now } = parts;

  async function presentOne(image: ImageRow): Promise<Image> {
    const listed = await store.images.findListed(image.id);
    if (listed === undefined) throw new ApiError("not-found", "The image is gone for good.");
    return presentImage(listed);
  }

  serve(api.listImages, async ({ project, query }) => {
    const { limit, cursor, sort, state, assignee, q } = query;
    const [value, id] = cursor === undefined ? [] : readCursor(cursor, 2);
    const after = value === undefined ? null : { value, id: String(id) };
    const filter = { state, assignee, q, class: query.class, deleted: query.deleted === "1" };
    const { items, next, total } = await store.images.list(project.id, filter, sort, limit, after);
    return {
      items: items.map(presentImage),
      next: next === null ? null : writeCursor([next.value, next.id]),
      total,
    };
  });

  serve(api.getImage, async ({ image }) => presentOne(image));

  serve(api.deleteImage, async ({ image, project }) => {
    await store.images.update(image.id, { deletedAt: now().toISOString() });
    // Whoever draws on it: what they said is committed first, then they are told that it is gone.
    await rooms.closeImage(image.id, 4404);
    live.publish(project.id, { type: "image-removed", imageId: image.id });
    return {};
  });

  serve(
    api.restoreImage,
    async ({ image, project }) => {
      if (image.deletedAt !== null && !(await store.images.restore(image.id, now().toISOString())))
        throw new ApiError(
          "conflict",
          `Another image is called ${image.name} by now: delete or rename that one first.`,
        );
      live.publish(project.id, { type: "images-added", count: 1 });
      return presentOne(image);
    },
    { inBin: true },
  );
}
