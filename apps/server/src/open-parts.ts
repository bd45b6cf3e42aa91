import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { openDiskBlobs } from "./blobs/disk.ts";
import type { Config } from "./config.ts";
import type { DocumentCalls } from "./documents/document-calls.ts";
import { createDocuments } from "./documents/documents.ts";
import { createHousekeeping } from "./housekeeping.ts";
import type { ImageCalls } from "./images/image-calls.ts";
import { createIntake } from "./images/intake.ts";
import { IMAGE_LIMITS, type ImageLimits } from "./images/limits.ts";
import { createPictures } from "./images/pictures.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createLiveHub } from "./live/hub.ts";
import { createPlaceTeller } from "./live/places.ts";
import { createLog } from "./log.ts";
import type { Parts } from "./parts.ts";
import { createAccounts } from "./people/accounts.ts";
import { createRooms, createSqliteLog, type Rooms } from "./rooms/index.ts";
import { makeSample } from "./sample/make-sample.ts";
import { MODELS_FOLDER } from "./segment/installed/installed.ts";
import { watchInstalled } from "./segment/installed/watch-installed.ts";
import { openModels } from "./segment/models.ts";
import { createSegmenter } from "./segment/segmenter.ts";
import { createStore, openSqliteCatalog, startCheckpoints } from "./store/index.ts";
import { createSummarizer, type Summarizer } from "./summaries/summarizer.ts";
import { createWorkerPool } from "./workers/worker-pool.ts";

/** Lists follow a change within five seconds, of which commits take up to two to be told, and folding what it takes. */
const SUMMARY_DELAY_MS = 2000;

export interface OpenParts extends Parts {
  /** Begins what happens without requests: the first start's work, jobs, summaries, tidying. */
  start(): Promise<void>;
  /** Removes what has been in the bin long enough, now. */
  readonly tidy: () => Promise<void>;
  /** Ends whatever writes, in the order that loses nothing: jobs, then rooms, which say goodbye when all is stored. */
  readonly drain: () => Promise<void>;
  /** Drains, then closes the rest. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly now?: () => Date;
  readonly limits?: ImageLimits;
}

/** Opens the data folder and makes every part of the server. */
export async function openParts(
  config: Config,
  { now = () => new Date(), limits = IMAGE_LIMITS }: OpenOptions = {},
): Promise<OpenParts> {
  const log = createLog(config.logLevel);
  const inData = (name: string): string => join(config.dataDir, name);
  // Files that lie between; none of them outlives the process that made it.
  const workFolder = inData("work");
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(workFolder, { recursive: true });

  const onError = (error: unknown): void =>
    log.error({ err: error }, "work behind requests failed");
  const catalog = inData("catalog.sqlite");
  const store = createStore(await openSqliteCatalog(catalog), startCheckpoints(catalog, onError));
  const blobs = await openDiskBlobs(inData("blobs"));
  const { secret, publicUrl } = config;
  const accounts = createAccounts({ store, secret, publicUrl, now });
  const live = createLiveHub();
  // One core is left to the event loop; more than four decoders only crowd out everything else.
  const cores = Math.max(1, Math.min(4, availableParallelism() - 1));
  const imageWorkers = createWorkerPool<ImageCalls>(
    new URL("images/worker.ts", import.meta.url),
    cores,
  );
  const documentWorkers = createWorkerPool<DocumentCalls>(
    new URL("documents/worker.ts", import.meta.url),
    Math.min(2, cores),
  );
  const summaryWorker = createWorkerPool<DocumentCalls>(
    new URL("documents/worker.ts", import.meta.url),
    1,
  );
  const pictures = createPictures({ blobs, workers: imageWorkers, workFolder });
  const intake = createIntake({ store, pictures, workFolder, limits, now });

  // Rooms tell of people from their first connection on, so when `rooms` is there.
  const tellPlaces = createPlaceTeller({ store, live, people: (id) => rooms.people(id), onError });
  let summarizer: Summarizer | undefined;
  const rooms: Rooms = await createRooms({
    log: createSqliteLog({ file: inData("rooms.sqlite") }),
    imageSize: async (imageId) => {
      const image = await store.images.find(imageId);
      return image === undefined || image.deletedAt !== null ? undefined : image;
    },
    onPeople: tellPlaces,
    // Also called while the rooms open, with what the last process did not get round to; `summarizer.open` finds that.
    onCommitted: async (edits) => {
      const marked = await store.summaries.record(
        edits.map(({ at, ...edit }) => ({ ...edit, at: new Date(at).toISOString() })),
      );
      summarizer?.schedule(marked);
    },
    onError,
  });
  const documents = createDocuments(rooms, documentWorkers, summaryWorker);
  summarizer = createSummarizer({
    store,
    blobs,
    documents,
    live,
    log,
    now,
    delayMs: SUMMARY_DELAY_MS,
  });
  const stopRechecking = accounts.onForget((userId) => void rooms.recheck(userId).catch(onError));

  const jobs = createJobs({ store, live, log, now });
  const models = await openModels(store, inData(MODELS_FOLDER));
  const segmenter = createSegmenter(
    { store, blobs, pictures, models },
    { memoryBytes: config.networkMemoryBytes },
  );

  const parts: Parts = {
    config,
    version: packageJson.version,
    log,
    store,
    blobs,
    accounts,
    pictures,
    intake,
    rooms,
    documents,
    summarizer,
    live,
    jobs,
    models,
    segmenter,
    now,
  };
  const housekeeping = createHousekeeping(parts);
  const stopping = new AbortController();
  let sample: Promise<void> = Promise.resolve();
  let drained: Promise<void> | null = null;
  let stopWatching: () => void = () => undefined;

  async function drainOnce(): Promise<void> {
    stopRechecking();
    stopWatching();
    stopping.abort();
    await sample;
    await housekeeping.close();
    await jobs.close();
    live.dispose();
    await summarizer?.close();
    await rooms.close();
  }
  const drain = (): Promise<void> => (drained ??= drainOnce());

  return {
    ...parts,
    async start() {
      await makeOwner(parts);
      await summarizer?.open();
      await jobs.open();
      await housekeeping.open();
      stopWatching = await watchInstalled(
        inData(MODELS_FOLDER),
        () => live.publishAll({ type: "models" }),
        onError,
      );
      // Nobody waits for it: the page can be opened while the photos come.
      if (config.sample) sample = makeSample(parts, stopping.signal).catch(onError);
    },
    tidy: housekeeping.run,
    drain,
    async close() {
      await drain();
      await segmenter.dispose();
      await imageWorkers.dispose();
      await pictures.close();
      await documentWorkers.dispose();
      await summaryWorker.dispose();
      await store.close();
    },
  };
}

/** The owner's account from the environment, on the first start. */
async function makeOwner({ config, accounts }: Parts): Promise<void> {
  if (config.owner === null || (await accounts.isSetUp())) return;
  const { email, password } = config.owner;
  const name = email.split("@", 1)[0] ?? email;
  await accounts.setUp({ name, email, password }, config.publicUrl ?? "http://127.0.0.1");
}
