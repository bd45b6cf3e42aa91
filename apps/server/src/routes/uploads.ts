import multipart from "@fastify/multipart";
import { api, ApiError, type UploadResult } from "@limn/shared/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { IntakeContext, IntakeResult } from "../images/intake.ts";
import type { Parts } from "../parts.ts";
import { presentImage } from "./present.ts";
import type { Serve } from "./serve.ts";

/** Files of one request that are decoded while the next ones arrive. */
const AT_ONCE = 4;

/** Uploads of images. The parser is registered here for every multipart route of the server. */
export async function registerUploads(app: FastifyInstance, fileBytes: number): Promise<void> {
  await app.register(multipart, {
    // A relative path is the identity of an image.
    preservePath: true,
    throwFileSizeLimit: false,
    // One more byte than allowed, so that the intake itself sees and says what is too large.
    limits: {
      fileSize: fileBytes + 1,
      files: 10_000,
      parts: 10_100,
      fields: 100,
      fieldSize: 65_536,
    },
  });
  app.addHook("onResponse", async (request) => dropRest(request));
}

/** What is left of a request that was answered before its end is read and dropped: the next one stands behind it. */
function dropRest(request: FastifyRequest): void {
  if (!request.isMultipart() || request.raw.readableEnded) return;
  request.raw.unpipe();
  request.raw.resume();
}

export function serveUploads(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, intake, live, pictures, now, log } = parts;

  serve(api.uploadImages, async ({ project, person, request }) => {
    const context: IntakeContext = { projectId: project.id, userId: person.id };
    const results = await receiveAll(request, context);
    if (results.length === 0)
      throw new ApiError(
        "invalid-request",
        "No file was sent: put images or ZIP files into the field `files`.",
      );
    const items: UploadResult[] = [];
    for (const { imageId, ...result } of results) {
      const row = imageId === undefined ? undefined : await store.images.findListed(imageId);
      items.push({ ...result, ...(row === undefined ? {} : { image: presentImage(row) }) });
      // Made before anybody opens the picture; nobody waits for it here.
      if (result.status === "created" && row !== undefined)
        pictures
          .prepareTiles(row)
          .catch((error: unknown) => log.debug({ err: error }, "tiles were not made ahead"));
    }
    const created = results.filter((result) => result.status === "created").length;
    if (created > 0) {
      await store.projects.update(project.id, { lastActivityAt: now().toISOString() });
      live.publish(project.id, { type: "images-added", count: created });
    }
    return { items };
  });

  /** Files are received one after another, as they come, and decoded a few at a time; answers keep their order. */
  async function receiveAll(
    request: FastifyRequest,
    context: IntakeContext,
  ): Promise<IntakeResult[]> {
    const all: Promise<IntakeResult[]>[] = [];
    const running = new Set<Promise<unknown>>();
    try {
      for await (const part of request.parts()) {
        if (part.type !== "file") continue;
        const name = decodeFileName(part.filename);
        const file = await intake.receive(part.file);
        const task = intake.add(context, name, file);
        // Waited for below; a failure in between must not end the process.
        task.catch(() => {});
        all.push(task);
        running.add(task);
        void task.then(
          () => running.delete(task),
          () => running.delete(task),
        );
        if (running.size >= AT_ONCE) await Promise.race(running).catch(() => {});
      }
    } finally {
      await Promise.allSettled(all);
    }
    return (await Promise.all(all)).flat();
  }
}

/** Browsers write these three characters of a file name as escapes in multipart bodies, and nothing else. */
export function decodeFileName(name: string | undefined): string {
  return (name ?? "").replaceAll(/%(22|0A|0D)/gi, (escape) => decodeURIComponent(escape));
}
