import type { FromWorker, ToWorker } from "./messages.ts";

type Asked<T> = T extends { id: number } ? Omit<T, "id"> : never;

export interface WorkerClient {
  ask<A extends FromWorker["type"]>(
    message: Asked<ToWorker>,
    answer: A,
  ): Promise<Extract<FromWorker, { type: A }>>;
  /** Ends the worker; what was asked is answered with a failure. */
  dispose(): void;
}

/** Ends a worker as soon as it is there. */
export function disposeSoon(client: Promise<WorkerClient>): void {
  void client.then(
    (worker) => worker.dispose(),
    () => undefined,
  );
}

/** The page's side of one worker: every question gets its own answer or an error with a sentence. */
export function createWorkerClient(): WorkerClient {
  const worker = new Worker(new URL("worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<
    number,
    { resolve: (message: FromWorker) => void; reject: (error: Error) => void }
  >();
  let nextId = 1;

  const failAll = (sentence: string): void => {
    for (const { reject } of waiting.values()) reject(new Error(sentence));
    waiting.clear();
  };
  worker.addEventListener("message", (event: MessageEvent<FromWorker>) => {
    const { data } = event;
    const asker = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.type === "failed") asker?.reject(new Error(data.sentence));
    else asker?.resolve(data);
  });
  worker.addEventListener("error", (event) =>
    failAll(
      `The network's worker failed: ${event.message === "" ? "it could not be loaded" : event.message}.`,
    ),
  );
  worker.addEventListener("messageerror", () =>
    failAll("The network's worker sent something unreadable."),
  );

  return {
    ask(message, answer) {
      const id = nextId++;
      return new Promise((resolve, reject) => {
        waiting.set(id, {
          resolve: (got) => {
            // The worker answers each kind of question with one kind of answer.
            if (got.type === answer) resolve(got as Extract<FromWorker, { type: typeof answer }>);
            else reject(new Error("The network's worker gave another answer than was asked for."));
          },
          reject,
        });
        worker.postMessage({ ...message, id } satisfies ToWorker);
      });
    },
    dispose() {
      worker.terminate();
      failAll("The network was stopped.");
    },
  };
}
