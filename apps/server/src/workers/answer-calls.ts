import { parentPort, Worker } from "node:worker_threads";
import type { Calls, FromWorker, ToWorker } from "./calls.ts";

/**
 * The worker's side, in a thread or in a process: one function for each call. To be called once, when the worker's file is
 * loaded.
 */
export function answerCalls<C extends Calls<C>>(answers: {
  readonly [K in keyof C]: (request: C[K]["request"]) => Promise<C[K]["answer"]>;
}): void {
  const { listen, send } = openChannel();
  listen(({ id, call, request }) => {
    // The pool sends only what its type allows, which is the same type.
    const answer = answers[call as keyof C];
    answer(request as C[keyof C]["request"]).then(
      (value) => send({ id, answer: value }),
      (error: unknown) => {
        const failure = error instanceof Error ? error.message : String(error);
        const code = codeOf(error, failure);
        send({ id, failure, ...(code === undefined ? {} : { code }) });
      },
    );
  });
}

/** libvips says in words only that the disk is full. */
function codeOf(error: unknown, message: string): string | undefined {
  if (/no space left on device/i.test(message)) return "ENOSPC";
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function openChannel(): {
  listen(onMessage: (message: ToWorker) => void): void;
  send(message: FromWorker): void;
} {
  const port = parentPort;
  if (port !== null)
    return {
      listen: (onMessage) => void port.on("message", onMessage),
      send: (message) => port.postMessage(message),
    };
  if (process.send === undefined) throw new Error("This file runs as a worker only.");
  // Whoever asked is gone, and nobody else will.
  process.on("disconnect", () => process.exit());
  new Worker(new URL("process-watch-worker.ts", import.meta.url), {
    workerData: { parent: process.ppid, limitBytes: Number(process.argv[2]) },
  }).unref();
  return {
    listen: (onMessage) =>
      void process.on("message", (message) => {
        // The pool sends nothing else.
        onMessage(message as ToWorker);
      }),
    send: (message) => void process.send?.(message),
  };
}
