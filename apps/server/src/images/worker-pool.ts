import { Worker } from "node:worker_threads";
import type { FromWorker, ImageAnswer, ImageRequest, ToWorker } from "./protocol.ts";

export type ImageWorkers = ReturnType<typeof createImageWorkers>;

interface Task {
  readonly id: number;
  readonly request: ImageRequest;
  resolve(answer: FromWorker & { answer: unknown }): void;
  reject(error: Error): void;
}

interface Seat {
  worker: Worker | null;
  task: Task | null;
}

/** Image work in `count` threads: one request at a time each, the rest wait in order, urgent ones first. */
export function createImageWorkers(count: number) {
  const urgentTasks: Task[] = [];
  const otherTasks: Task[] = [];
  const seats: Seat[] = Array.from({ length: count }, () => ({ worker: null, task: null }));
  let nextId = 0;
  let disposed = false;

  function start(seat: Seat): Worker {
    const worker = new Worker(new URL("worker.ts", import.meta.url));
    worker.on("message", (message: FromWorker) => {
      const { task } = seat;
      if (task?.id !== message.id) return;
      seat.task = null;
      if ("failure" in message) task.reject(new Error(message.failure));
      else task.resolve(message);
      assign();
    });
    // A worker that dies (out of memory, say) fails its own request only; the next one gets a new worker.
    const die = (error: Error): void => {
      if (seat.worker !== worker) return;
      seat.worker = null;
      seat.task?.reject(error);
      seat.task = null;
      assign();
    };
    worker.on("error", (error) => die(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", (code) => die(new Error(`The image worker ended with code ${code}.`)));
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
      const message: ToWorker = { id: task.id, request: task.request };
      (seat.worker ?? start(seat)).postMessage(message);
    }
  }

  return {
    /**
     * Urgent work (somebody waits for it) goes before other work. A request that is cancelled while it waits is never
     * done; one that runs already is finished and its answer thrown away.
     */
    run<R extends ImageRequest>(
      request: R,
      options: { urgent?: boolean; signal?: AbortSignal } = {},
    ): Promise<ImageAnswer<R>> {
      const { urgent = true, signal } = options;
      return new Promise((resolve, reject) => {
        if (disposed || signal?.aborted === true) {
          reject(new Error("The work was cancelled."));
          return;
        }
        const task: Task = {
          id: nextId++,
          request,
          // The worker answers each kind of request with the answer of that kind.
          resolve: ({ answer }) => resolve(answer as ImageAnswer<R>),
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

    async dispose(): Promise<void> {
      disposed = true;
      for (const task of [...urgentTasks.splice(0), ...otherTasks.splice(0)])
        task.reject(new Error("The server is stopping."));
      await Promise.all(
        seats.map(async (seat) => {
          const { worker, task } = seat;
          seat.worker = null;
          seat.task = null;
          task?.reject(new Error("The server is stopping."));
          await worker?.terminate();
        }),
      );
    },
  };
}
