import { createHash } from "node:crypto";
import type { FastifyBaseLogger } from "fastify";
import type { BlobStore } from "../blobs/blobs.ts";
import type { Documents } from "../documents/documents.ts";
import { THUMBNAIL_SIDE } from "../images/limits.ts";
import type { LiveHub } from "../live/hub.ts";
import { presentImage } from "../routes/present.ts";
import type { ListedImage, NewSummary, Store } from "../store/index.ts";
import { overlayKey } from "./overlay-key.ts";

/** A summary is at most so many others late. */
const IMAGES_AT_ONCE = 32;
/** What failed, on a full disk say, is tried again after this, without any change or start. */
const AGAIN_MS = 30_000;

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
  let lastTook = 0;

  async function foldAll(): Promise<void> {
    const began = performance.now();
    const ids = [...waiting];
    waiting.clear();
    for (let from = 0; from < ids.length; from += IMAGES_AT_ONCE) {
      if (disposed) return;
      try {
        await foldTogether(ids.slice(from, from + IMAGES_AT_ONCE));
      } catch (error) {
        log.error({ err: error }, "images could not be summarised");
        tryAgain(ids.slice(from, from + IMAGES_AT_ONCE));
      }
    }
    lastTook = performance.now() - began;
  }

  /** Each image is folded alone; what the catalog is asked and told is one piece, however many are edited at once. */
  async function foldTogether(ids: readonly string[]): Promise<void> {
    const images = (await store.images.findAllListed(ids)).filter((i) => i.deletedAt === null);
    // Before the documents are read, so that a later change is folded again.
    const before = await store.summaries.findAll(images.map(({ id }) => id));
    const colors = new Map<string, Readonly<Record<string, string>>>();
    const summaries: NewSummary[] = [];
    for (const image of images) {
      if (disposed) return;
      const { id, projectId } = image;
      const known = colors.get(projectId) ?? (await colorsOf(projectId));
      colors.set(projectId, known);
      try {
        summaries.push(await fold(image, known, before.get(id)));
      } catch (error) {
        log.error({ err: error, image: id }, "an image could not be summarised");
        tryAgain([id]);
      }
    }
    await store.summaries.putAll(summaries);
    for (const { imageId, overlay } of summaries) {
      const former = before.get(imageId)?.overlay ?? null;
      if (former !== null && former !== overlay) await blobs.delete(overlayKey(imageId, former));
    }
    const heard = images.filter(({ projectId }) => live.isHeard(projectId));
    if (heard.length === 0) return;
    for (const listed of await store.images.findAllListed(heard.map(({ id }) => id)))
      live.publish(listed.projectId, { type: "image", image: presentImage(listed) });
  }

  async function colorsOf(projectId: string): Promise<Readonly<Record<string, string>>> {
    const classes = await store.classes.list(projectId);
    return Object.fromEntries(classes.map((c) => [c.id, c.color]));
  }

  async function fold(
    image: ListedImage,
    colors: Readonly<Record<string, string>>,
    before: { readonly mark: number; readonly overlay: string | null } | undefined,
  ): Promise<NewSummary> {
    const { id } = image;
    const summary = await documents.summarize(image, colors, THUMBNAIL_SIDE);
    const overlay = summary.overlay === null ? null : hashOf(summary.overlay);
    if (summary.overlay !== null && overlay !== null && overlay !== before?.overlay)
      await blobs.put(overlayKey(id, overlay), summary.overlay);
    return {
      imageId: id,
      seq: summary.seq,
      objects: summary.objects,
      overlay,
      mark: before?.mark ?? 0,
      updatedAt: now().toISOString(),
      perClass: summary.perClass,
    };
  }

  function tryAgain(imageIds: readonly string[]): void {
    setTimeout(() => schedule(imageIds), AGAIN_MS).unref();
  }

  function schedule(imageIds: Iterable<string>): void {
    for (const id of imageIds) waiting.add(id);
    if (disposed || waiting.size === 0) return;
    timer ??= setTimeout(() => {
      timer = null;
      working = working.then(foldAll);
    }, pauseMs());
  }

  /** Where folding all that is edited takes longer than the delay, it takes half of the time at most. */
  function pauseMs(): number {
    return Math.max(delayMs, lastTook);
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
