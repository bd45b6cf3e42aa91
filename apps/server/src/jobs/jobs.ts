import { ApiError, type Job, type Receipt } from "@limn/shared/api";
import type { FastifyBaseLogger } from "fastify";
import { createId } from "../ids.ts";
import type { LiveHub } from "../live/hub.ts";
import type { JobRow, Store } from "../store/index.ts";
import { presentJob } from "./present-job.ts";

export type Jobs = ReturnType<typeof createJobs>;

/** What a handler works with. It runs again from its start when the server was stopped in between. */
export interface JobContext {
  readonly id: string;
  readonly projectId: string;
  readonly createdBy: string;
  /** As it was given to `start`; it has been through JSON. */
  readonly payload: unknown;
  /** Aborted when somebody cancels the job or the server stops: give up at the next good moment by throwing. */
  readonly signal: AbortSignal;
  /** 0..1 and what is being done, in a few words; cheap to call often. */
  readonly progress: (fraction: number, message: string) => void;
}

export interface JobOutcome {
  readonly receipt?: Receipt;
  /** A blob that `/api/jobs/:jobId/file` hands out; it is removed after a while. */
  readonly file?: { readonly key: string; readonly name: string; readonly mediaType: string };
  /** One sentence; "Done." when absent. */
  readonly message?: string;
}

/** @throws ApiError with a sentence for whoever started the job; anything else is taken for a fault of the server. */
export type JobHandler = (context: JobContext) => Promise<JobOutcome>;

/** Removes what was kept for a job, once it has ended in whatever way; a stop of the server is no end. */
type JobDiscard = (job: { readonly id: string; readonly payload: unknown }) => Promise<void>;

interface Options {
  readonly store: Store;
  readonly live: LiveHub;
  readonly log: FastifyBaseLogger;
  readonly now: () => Date;
}

const AT_ONCE = 2;
/** A job that ended the server with itself this often is not tried again. */
const MOST_TRIES = 5;
const PROGRESS_MS = 300;

/** Long work with progress, in a table of the catalog and run in this process: it survives a restart. */
export function createJobs({ store, live, log, now }: Options) {
  const handlers = new Map<Job["kind"], JobHandler>();
  const discards = new Map<Job["kind"], JobDiscard>();
  const running = new Map<string, AbortController>();
  const tasks = new Set<Promise<void>>();
  const state = { open: false };

  async function announce(id: string): Promise<JobRow | undefined> {
    const row = await store.jobs.find(id);
    if (row !== undefined) live.publish(row.projectId, { type: "job", job: presentJob(row) });
    return row;
  }

  async function discard({ id, kind, payload }: JobRow): Promise<void> {
    try {
      await discards.get(kind)?.({ id, payload: JSON.parse(payload) as unknown });
    } catch (error) {
      log.error({ err: error, job: id }, "what was kept for a job could not be removed");
    }
  }

  /** Takes waiting jobs while there is room for them. */
  async function work(): Promise<void> {
    while (state.open && running.size < AT_ONCE) {
      const row = await store.jobs.claim();
      // Claimed while the server began to stop: it stays "running" and starts again with the next one.
      if (row === undefined || !state.open) return;
      const controller = new AbortController();
      running.set(row.id, controller);
      const task = carryOut(row, controller).catch((error: unknown) =>
        log.error({ err: error, job: row.id }, "a job's end could not be stored"),
      );
      tasks.add(task);
      void task.then(() => {
        running.delete(row.id);
        tasks.delete(task);
        wake();
      });
    }
  }

  function wake(): void {
    if (!state.open) return;
    const task = work().catch((error: unknown) =>
      log.error({ err: error }, "waiting jobs could not be read"),
    );
    tasks.add(task);
    void task.then(() => tasks.delete(task));
  }

  async function carryOut(row: JobRow, controller: AbortController): Promise<void> {
    await announce(row.id);
    const report = createReporter(row);
    let end: Parameters<Store["jobs"]["update"]>[1];
    try {
      const handler = handlers.get(row.kind);
      if (handler === undefined)
        throw new ApiError("unavailable", `This server cannot do jobs of the kind ${row.kind}.`);
      controller.signal.throwIfAborted();
      const outcome = await handler({
        id: row.id,
        projectId: row.projectId,
        createdBy: row.createdBy,
        payload: JSON.parse(row.payload) as unknown,
        signal: controller.signal,
        progress: report.progress,
      });
      end = {
        state: "done",
        progress: 1,
        message: outcome.message ?? "Done.",
        receipt: outcome.receipt === undefined ? null : JSON.stringify(outcome.receipt),
        fileKey: outcome.file?.key ?? null,
        fileName: outcome.file?.name ?? null,
        fileType: outcome.file?.mediaType ?? null,
      };
    } catch (error) {
      // A stop of the server is no end of the job: it stays "running" and starts again.
      if (controller.signal.aborted && !state.open) return;
      if (controller.signal.aborted) end = { state: "cancelled", message: "It was cancelled." };
      else if (error instanceof ApiError) end = { state: "failed", message: error.message };
      else {
        log.error({ err: error, job: row.id, kind: row.kind }, "a job failed");
        end = {
          state: "failed",
          message: "Something went wrong on the server, and its log says what; start it again.",
        };
      }
    } finally {
      await report.dispose();
    }
    await store.jobs.update(row.id, { ...end, finishedAt: now().toISOString() });
    running.delete(row.id);
    await discard(row);
    await announce(row.id);
  }

  /** Writes progress a few times a second, however often it is told. */
  function createReporter(row: JobRow) {
    let latest: { progress: number; message: string } | null = null;
    let timer: NodeJS.Timeout | null = null;
    let writing: Promise<unknown> = Promise.resolve();
    const write = (): void => {
      timer = null;
      if (latest === null) return;
      const changes = latest;
      latest = null;
      writing = store.jobs
        .update(row.id, changes)
        .then(() => announce(row.id))
        .catch((error: unknown) => log.error({ err: error }, "progress could not be stored"));
    };
    return {
      progress: (fraction: number, message: string): void => {
        latest = { progress: Math.min(1, Math.max(0, fraction)), message };
        timer ??= setTimeout(write, PROGRESS_MS);
      },
      async dispose(): Promise<void> {
        if (timer !== null) clearTimeout(timer);
        await writing;
      },
    };
  }

  return {
    /** One handler for each kind, before `open`. */
    register(kind: Job["kind"], handler: JobHandler, discardKept?: JobDiscard): void {
      handlers.set(kind, handler);
      if (discardKept !== undefined) discards.set(kind, discardKept);
    },

    /** Takes up what a former process left, then whatever is started. */
    async open(): Promise<void> {
      for (const row of await store.jobs.listRunning()) {
        const isOver = row.tries >= MOST_TRIES;
        await store.jobs.update(
          row.id,
          isOver
            ? {
                state: "failed",
                message: "It was interrupted too often by stops of the server: start it again.",
                finishedAt: now().toISOString(),
              }
            : { state: "waiting", progress: 0, message: "Starting again after a restart." },
        );
        if (isOver) await discard(row);
      }
      state.open = true;
      wake();
    },

    /** `id` may be made before, for files that belong to the job. */
    async start(job: {
      readonly id?: string;
      readonly projectId: string;
      readonly kind: Job["kind"];
      readonly payload: object;
      readonly createdBy: string;
    }): Promise<Job> {
      const row: JobRow = {
        id: job.id ?? createId(),
        projectId: job.projectId,
        kind: job.kind,
        payload: JSON.stringify(job.payload),
        state: "waiting",
        progress: 0,
        message: "Waiting.",
        receipt: null,
        fileKey: null,
        fileName: null,
        fileType: null,
        tries: 0,
        createdBy: job.createdBy,
        createdAt: now().toISOString(),
        finishedAt: null,
      };
      await store.jobs.insert(row);
      live.publish(row.projectId, { type: "job", job: presentJob(row) });
      wake();
      return presentJob(row);
    },

    /** False when the job has ended already. */
    async cancel(id: string): Promise<boolean> {
      const controller = running.get(id);
      if (controller !== undefined) {
        controller.abort();
        return true;
      }
      const done = await store.jobs.cancelWaiting(id, "It was cancelled.", now().toISOString());
      const row = done ? await announce(id) : undefined;
      if (row !== undefined) await discard(row);
      return done;
    },

    /** Stops the running jobs; they start again with the next process. */
    async close(): Promise<void> {
      state.open = false;
      for (const controller of running.values()) controller.abort();
      await Promise.all(tasks);
    },
  };
}
