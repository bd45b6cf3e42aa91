import { Worker } from "node:worker_threads";
import { encodeBatch } from "./batch-bytes.ts";
import { LogError, type RoomLog } from "./log.ts";
import type { CallName, Calls, LogAnswer, LogWorkerData } from "./sqlite-messages.ts";

type Waiting = {
  readonly resolve: (value: Calls[CallName]["answer"]) => void;
  readonly reject: (error: LogError) => void;
};

/** Megabytes for what the worker has just made: it handles one batch at a time. */
const YOUNG_MB = 2;

/**
 * The log in its own SQLite file, written by a worker thread: WAL, `synchronous = FULL`, one transaction and so one
 * fsync per batch. Calls are done in the order in which they were made. A worker that dies refuses what it owed and
 * is started again by the next call.
 */
export function createSqliteLog(options: { readonly file: string }): RoomLog {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let lastId = 0;
  let closed = false;

  function startWorker(): Worker {
    const data: LogWorkerData = { file: options.file };
    const started = new Worker(new URL("sqlite-log-worker.ts", import.meta.url), {
      workerData: data,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    started.on("message", (answer: LogAnswer) => {
      const call = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.ok) call?.resolve(answer.value);
      else call?.reject(new LogError(answer.message));
    });
    started.on("error", (error: Error) => dropWorker(started, error.message));
    started.on("exit", () => dropWorker(started, "the log's worker has ended"));
    return started;
  }

  function dropWorker(dead: Worker, why: string): void {
    if (worker !== dead) return;
    worker = undefined;
    const owed = [...waiting.values()];
    waiting.clear();
    for (const call of owed) call.reject(new LogError(why));
  }

  function ask<Name extends CallName>(
    call: Name,
    argument: Calls[Name]["argument"],
    transfer: ArrayBuffer[] = [],
  ): Promise<Calls[Name]["answer"]> {
    if (closed && call !== "close") {
      return Promise.reject(new LogError("the log has been closed"));
    }
    const asked = (worker ??= startWorker());
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      asked.postMessage({ id, call, argument }, transfer);
    });
  }

  return {
    async commit(batch) {
      const bytes = encodeBatch(batch);
      await ask("commit", bytes, [bytes.buffer]);
    },
    load: (room) => ask("load", room),
    heads: () => ask("heads", null),
    untold: () => ask("untold", null),
    async remove(room) {
      await ask("remove", room);
    },
    async close() {
      if (closed) return;
      closed = true;
      const closing = worker;
      if (closing === undefined) return;
      const ended = new Promise<void>((resolve) => closing.once("exit", () => resolve()));
      await ask("close", null);
      await ended;
    },
  };
}
