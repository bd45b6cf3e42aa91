import type { FastifyBaseLogger } from "fastify";
import type { BlobStore } from "./blobs/blobs.ts";
import type { Config } from "./config.ts";
import type { Documents } from "./documents/documents.ts";
import type { Intake } from "./images/intake.ts";
import type { Pictures } from "./images/pictures.ts";
import type { Jobs } from "./jobs/jobs.ts";
import type { LiveHub } from "./live/hub.ts";
import type { Accounts } from "./people/accounts.ts";
import type { Rooms } from "./rooms/index.ts";
import type { Models } from "./segment/models.ts";
import type { Segmenter } from "./segment/segmenter.ts";
import type { Store } from "./store/index.ts";
import type { Summarizer } from "./summaries/summarizer.ts";

/** Everything that routes work with; made by `openParts`, handed to `buildApp`. */
export interface Parts {
  readonly config: Config;
  readonly version: string;
  /** Never of names, addresses and secrets of people. */
  readonly log: FastifyBaseLogger;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly accounts: Accounts;
  readonly pictures: Pictures;
  readonly intake: Intake;
  readonly rooms: Rooms;
  readonly documents: Documents;
  readonly summarizer: Summarizer;
  readonly live: LiveHub;
  readonly jobs: Jobs;
  readonly models: Models;
  readonly segmenter: Segmenter;
  readonly now: () => Date;
}
