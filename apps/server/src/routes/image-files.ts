import { api, ApiError } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import { overlayKey } from "../summaries/overlay-key.ts";
import { attachment, sendBytes } from "./image-bytes.ts";
import type { Serve } from "./serve.ts";

/** The bytes of images. An image's picture never changes, so that all but the overlay is immutable. */
export function serveImageFiles(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { pictures, store, blobs } = parts;

  serve(api.imageFile, async ({ image, request, reply }) =>
    sendBytes(request, reply, {
      stream: await pictures.readServed(image),
      mediaType: image.servedType,
      tag: `${image.sha256.slice(0, 32)}-file`,
      immutable: true,
    }),
  );

  serve(api.imageOriginal, async ({ image, request, reply }) => {
    reply.header("content-disposition", attachment(image.name));
    return sendBytes(request, reply, {
      stream: await pictures.readOriginal(image),
      mediaType: image.mediaType,
      tag: `${image.sha256.slice(0, 32)}-original`,
      immutable: true,
    });
  });

  serve(
    api.imageThumbnail,
    async ({ image, request, reply }) =>
      sendBytes(request, reply, {
        stream: await pictures.readThumbnail(image),
        mediaType: "image/webp",
        tag: `${image.sha256.slice(0, 32)}-thumbnail`,
        immutable: true,
      }),
    { inBin: true },
  );

  serve(api.imageTile, async ({ image, params, request, reply }) => {
    const { level, x, y } = params;
    const tile = await pictures.readTile(image, level, x, y);
    if (tile === null)
      throw new ApiError(
        "not-found",
        `The picture has no tile ${x}, ${y} on level ${level}: it is ${image.width} x ${image.height} px.`,
      );
    return sendBytes(request, reply, {
      ...tile,
      tag: `${image.sha256.slice(0, 32)}-${level}-${x}-${y}`,
      immutable: true,
    });
  });

  serve(
    api.imageOverlay,
    async ({ image, query, request, reply }) => {
      const overlay = (await store.summaries.find(image.id))?.overlay ?? null;
      if (overlay === null)
        throw new ApiError("not-found", "There is nothing on this image to draw over it yet.");
      return sendBytes(request, reply, {
        stream: await blobs.get(overlayKey(image.id, overlay)),
        mediaType: "image/png",
        tag: overlay,
        // Another version may be asked for than there is now; then the answer must not be kept.
        immutable: query.v === overlay,
      });
    },
    { inBin: true },
  );
}
