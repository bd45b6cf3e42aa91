import { parentPort } from "node:worker_threads";
import type { Calls, FromWorker, ToWorker } from "./calls.ts";

/** The worker's side: one function for each call. To be called once, when the worker's file is loaded. */
export function answerCalls<C extends Calls<C>>(answers: {
  readonly [K in keyof C]: (request: C[K]["request"]) => Promise<C[K]["answer"]>;
}): void {
  const port = parentPort;
  if (port === null) throw new Error("This file runs as a worker only.");
  const send = (message: FromWorker): void => port.postMessage(message);
  port.on("message", ({ id, call, request }: ToWorker) => {
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
