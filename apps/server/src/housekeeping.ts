import type { Parts } from "./parts.ts";
import { sentFolder } from "./segment/embeddings.ts";
import { uploadFolder } from "./segment/model-files.ts";
import { overlayKey } from "./summaries/overlay-key.ts";

/** What lies in the bin can be restored that long. */
const BIN_DAYS = 30;
/** Files that jobs made are kept that long. */
const JOB_FILE_DAYS = 7;
const DAY_MS = 86_400_000;

type Tidied = Pick<Parts, "store" | "pictures" | "blobs" | "rooms" | "summarizer" | "log" | "now">;

/** Removes for good what nobody can get back any more; at start and once a day. */
export function createHousekeeping(parts: Tidied) {
  const { store, pictures, blobs, rooms, log, now } = parts;
  const before = (days: number): string => new Date(now().getTime() - days * DAY_MS).toISOString();

  /** The document first, the row last: what fails in between is found again the next day. */
  async function purgeImage(image: { id: string; sha256: string }): Promise<void> {
    await rooms.remove(image.id);
    const overlay = (await store.summaries.find(image.id))?.overlay ?? null;
    if (overlay !== null) await blobs.delete(overlayKey(image.id, overlay));
    await blobs.delete(sentFolder(image.id));
    await pictures.exclusively(image.sha256, async () => {
      await store.images.purge(image.id);
      // Other images, of any project, may show the same bytes.
      if (!(await store.images.isUsed(image.sha256))) await pictures.purge(image.sha256);
    });
  }

  async function tidy(): Promise<void> {
    for (const image of await store.images.listDeletedBefore(before(BIN_DAYS)))
      await purgeImage(image);
    for (const project of await store.projects.listDeletedBefore(before(BIN_DAYS))) {
      for (const image of await store.images.listOfProject(project.id)) await purgeImage(image);
      await store.projects.purge(project.id);
    }
    for (const job of await store.jobs.listWithFileBefore(before(JOB_FILE_DAYS))) {
      if (job.fileKey !== null) await blobs.delete(job.fileKey);
      await store.jobs.update(job.id, { fileKey: null });
    }
  }

  /** Files of jobs and networks which a crash kept from being written down, or from being removed; at start, when none is being received. */
  async function removeLostFiles(): Promise<void> {
    for (const id of await blobs.list("jobs"))
      if ((await store.jobs.find(id)) === undefined) await blobs.delete(`jobs/${id}`);
    for (const projectId of await blobs.list("models"))
      for (const id of await blobs.list(uploadFolder(projectId)))
        if ((await store.models.find(id)) === undefined)
          await blobs.delete(uploadFolder(projectId, id));
  }

  let timer: NodeJS.Timeout | null = null;
  let tidying: Promise<void> = Promise.resolve();
  const run = (): Promise<void> => {
    tidying = tidying.then(tidy).catch((error: unknown) => {
      log.error({ err: error }, "old things could not be removed; the next try is in a day");
    });
    return tidying;
  };

  return {
    run,
    /** Resolves when nothing is taken for lost any more: files may be received from then on. */
    async open(): Promise<void> {
      await removeLostFiles().catch((error: unknown) => {
        log.error({ err: error }, "files of lost jobs could not be removed");
      });
      void run();
      timer = setInterval(() => void run(), DAY_MS);
      timer.unref();
    },
    async close(): Promise<void> {
      if (timer !== null) clearInterval(timer);
      await tidying;
    },
  };
}
