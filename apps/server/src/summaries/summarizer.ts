import { createHash } from "node:crypto";
import type { FastifyBaseLogger } from "fastify";
import type { BlobStore } from "../blobs/blobs.ts";
import type { Documents } from "../documents/documents.ts";
import { THUMBNAIL_SIDE } from "../images/limits.ts";
import type { LiveHub } from "../live/hub.ts";
import { presentImage } from "../routes/present.ts";
import type { Store } from "../store/index.ts";
import { overlayKey } from "./overlay-key.ts";

export type Summarizer = ReturnType<typeof createSummarizer>;

interface Options {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly documents: Documents;
  readonly live: LiveHub;
  readonly log: FastifyBaseLogger;
  readonly now: () => Date;
  /** From the first change to the new summary, while more changes come. */
  readonly delayMs: number;
}

/**
 * Keeps what lists show of each document up to date: an image is folded again a little after it changed, however many
 * changes there are in between. What has to be folded is marked in the catalog, so that a restart forgets none.
 */
export function createSummarizer(options: Options) {
  const { store, blobs, documents, live, log, now, delayMs } = options;
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let working: Promise<void> = Promise.resolve();
  let disposed = false;

  async function foldAll(): Promise<void> {
    const ids = [...waiting];
    waiting.clear();
    for (const id of ids) {
      if (disposed) return;
      try {
        await fold(id);
      } catch (error) {
        // Stays marked in the catalog; the next change or start tries again.
        log.error({ err: error, image: id }, "an image could not be summarised");
      }
    }
  }

  async function fold(id: string): Promise<void> {
    const image = await store.images.find(id);
    if (image === undefined || image.deletedAt !== null) return;
    const classes = await store.classes.list(image.projectId);
    const colors = Object.fromEntries(classes.map((c) => [c.id, c.color]));
    const mark = await store.summaries.readMark(id);
    const summary = await documents.summarize(image, colors, THUMBNAIL_SIDE);
    const former = (await store.summaries.find(id))?.overlay ?? null;
    const overlay = summary.overlay === null ? null : hashOf(summary.overlay);
    if (summary.overlay !== null && overlay !== null && overlay !== former)
      await blobs.put(overlayKey(id, overlay), summary.overlay);
    await store.summaries.put({
      imageId: id,
      seq: summary.seq,
      objects: summary.objects,
      overlay,
      mark,
      updatedAt: now().toISOString(),
      perClass: summary.perClass,
    });
    if (former !== null && former !== overlay) await blobs.delete(overlayKey(id, former));
    const listed = await store.images.findListed(id);
    if (listed !== undefined)
      live.publish(image.projectId, { type: "image", image: presentImage(listed) });
  }

  function schedule(imageIds: Iterable<string>): void {
    for (const id of imageIds) waiting.add(id);
    if (disposed || waiting.size === 0) return;
    timer ??= setTimeout(() => {
      timer = null;
      working = working.then(foldAll);
    }, delayMs);
  }

  return {
    schedule,

    /** Takes up what was marked when the last process ended. */
    async open(): Promise<void> {
      schedule(await store.summaries.listMarked());
    },

    /** Folds everything that waits, now. */
    async flush(): Promise<void> {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      working = working.then(foldAll);
      await working;
    },

    async close(): Promise<void> {
      disposed = true;
      if (timer !== null) clearTimeout(timer);
      await working;
    },
  };
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 24);
}
