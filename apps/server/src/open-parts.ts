import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import { openDiskBlobs } from "./blobs/disk.ts";
import type { Config } from "./config.ts";
import { createIntake } from "./images/intake.ts";
import { IMAGE_LIMITS, type ImageLimits } from "./images/limits.ts";
import { createPictures } from "./images/pictures.ts";
import { createImageWorkers } from "./images/worker-pool.ts";
import { createJobs } from "./jobs/jobs.ts";
import { createLiveHub } from "./live/hub.ts";
import { createPlaceTeller } from "./live/places.ts";
import { createLog } from "./log.ts";
import type { Parts } from "./parts.ts";
import { createAccounts } from "./people/accounts.ts";
import { createRooms, createSqliteLog, type Rooms } from "./rooms/index.ts";
import { createStore, openSqliteCatalog } from "./store/index.ts";

export interface OpenOptions {
  readonly now?: () => Date;
  readonly limits?: ImageLimits;
}

/** Opens the data folder and makes every part of the server; `close` ends them in the order that loses nothing. */
export async function openParts(
  config: Config,
  { now = () => new Date(), limits = IMAGE_LIMITS }: OpenOptions = {},
): Promise<Parts & { close(): Promise<void> }> {
  const log = createLog(config.logLevel);
  const inData = (name: string): string => join(config.dataDir, name);
  // Files that lie between; none of them outlives the process that made it.
  const workFolder = inData("work");
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(workFolder, { recursive: true });

  const store = createStore(await openSqliteCatalog(inData("catalog.sqlite")));
  const blobs = await openDiskBlobs(inData("blobs"));
  const { secret, publicUrl } = config;
  const accounts = createAccounts({ store, secret, publicUrl, now });
  const live = createLiveHub();
  // One core is left to the event loop; more than four decoders only crowd out everything else.
  const workers = createImageWorkers(Math.max(1, Math.min(4, availableParallelism() - 1)));
  const pictures = createPictures({ blobs, workers, workFolder });
  const intake = createIntake({ store, pictures, workFolder, limits, now });

  const onError = (error: unknown): void =>
    log.error({ err: error }, "work behind requests failed");
  // Rooms tell of people from their first connection on, so when `rooms` is there.
  const tellPlaces = createPlaceTeller({ store, live, people: (id) => rooms.people(id), onError });
  const rooms: Rooms = await createRooms({
    log: createSqliteLog({ file: inData("rooms.sqlite") }),
    imageSize: async (imageId) => {
      const image = await store.images.find(imageId);
      return image === undefined || image.deletedAt !== null ? undefined : image;
    },
    onPeople: tellPlaces,
    onError,
  });
  const stopRechecking = accounts.onForget((userId) => void rooms.recheck(userId).catch(onError));

  const jobs = createJobs({ store, live, log, now });

  return {
    config,
    version: packageJson.version,
    log,
    store,
    blobs,
    accounts,
    pictures,
    intake,
    rooms,
    live,
    jobs,
    now,
    async close() {
      stopRechecking();
      await jobs.close();
      live.dispose();
      await rooms.close();
      await workers.dispose();
      await store.close();
    },
  };
}
