import { setTimeout as wait } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Calls, FromWorker, ToWorker } from "./calls.ts";

interface RunOptions {
  /** Somebody waits for it, so that it goes before work that is done ahead; true when absent. */
  readonly urgent?: boolean;
  /** What is cancelled while it waits is never done; what runs already is finished and its answer thrown away. */
  readonly signal?: AbortSignal;
  /** Buffers that move to the worker instead of being copied. */
  readonly transfer?: readonly ArrayBuffer[];
}

export interface WorkerPool<C extends Calls<C>> {
  /** @throws Error when the work fails, is cancelled, or its worker dies. */
  run<K extends keyof C & string>(
    call: K,
    request: C[K]["request"],
    options?: RunOptions,
  ): Promise<C[K]["answer"]>;
  dispose(): Promise<void>;
}

interface Task {
  readonly message: ToWorker;
  readonly transfer: readonly ArrayBuffer[];
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

interface Seat {
  worker: Worker | null;
  task: Task | null;
  /** Told once when the task at hand has ended. */
  onEnd: () => void;
}

interface PoolOptions {
  /**
   * How long what runs may take to its end when the pool is disposed; it is cut off when absent. Native code may be such that
   * the end of its thread ends the whole process (onnxruntime-node 1.30, "Napi::Error").
   */
  readonly finishMs?: number;
}

const nothing = (): void => undefined;

/** Megabytes for what a thread has just made; by default each would let it grow to as much as the main thread. */
const YOUNG_MB = 8;

/** `count` threads of one file, started when first needed; each does one thing at a time, the rest waits in order. */
export function createWorkerPool<C extends Calls<C>>(
  file: URL,
  count: number,
  { finishMs = 0 }: PoolOptions = {},
): WorkerPool<C> {
  const urgentTasks: Task[] = [];
  const otherTasks: Task[] = [];
  const seats: Seat[] = Array.from({ length: count }, () => ({
    worker: null,
    task: null,
    onEnd: nothing,
  }));
  let nextId = 0;
  let disposed = false;

  function start(seat: Seat): Worker {
    const worker = new Worker(file, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    worker.on("message", (message: FromWorker) => {
      const { task } = seat;
      if (task?.message.id !== message.id) return;
      seat.task = null;
      if ("failure" in message)
        task.reject(Object.assign(new Error(message.failure), { code: message.code }));
      else task.resolve(message.answer);
      seat.onEnd();
      assign();
    });
    // A worker that dies (out of memory, say) fails its own call only; the next one gets a new worker.
    const die = (error: Error): void => {
      if (seat.worker !== worker) return;
      seat.worker = null;
      seat.task?.reject(error);
      seat.task = null;
      seat.onEnd();
      assign();
    };
    worker.on("error", (error) => die(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", (code) => die(new Error(`A worker ended with code ${code}.`)));
    seat.worker = worker;
    return worker;
  }

  function assign(): void {
    if (disposed) return;
    for (const seat of seats) {
      if (seat.task !== null) continue;
      const task = urgentTasks.shift() ?? otherTasks.shift();
      if (task === undefined) return;
      seat.task = task;
      (seat.worker ?? start(seat)).postMessage(task.message, task.transfer);
    }
  }

  return {
    run(call, request, { urgent = true, signal, transfer = [] } = {}) {
      return new Promise((resolve, reject) => {
        if (disposed || signal?.aborted === true) {
          reject(new Error("The work was cancelled."));
          return;
        }
        const task: Task = {
          message: { id: nextId++, call, request },
          transfer,
          resolve,
          reject,
        };
        const queue = urgent ? urgentTasks : otherTasks;
        signal?.addEventListener("abort", () => {
          const at = queue.indexOf(task);
          if (at !== -1) queue.splice(at, 1);
          reject(new Error("The work was cancelled."));
        });
        queue.push(task);
        assign();
      });
    },

    async dispose() {
      disposed = true;
      for (const task of [...urgentTasks.splice(0), ...otherTasks.splice(0)])
        task.reject(new Error("The server is stopping."));
      await Promise.all(
        seats.map(async (seat) => {
          if (seat.task !== null && finishMs > 0)
            await Promise.race([
              new Promise<void>((resolve) => (seat.onEnd = resolve)),
              wait(finishMs, undefined, { ref: false }),
            ]);
          const { worker, task } = seat;
          seat.worker = null;
          seat.task = null;
          await worker?.terminate();
          // Not before: whoever hears of it removes the files that the worker was writing.
          task?.reject(new Error("The server is stopping."));
        }),
      );
    },
  };
}
