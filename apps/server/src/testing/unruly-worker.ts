import { answerCalls } from "../workers/answer-calls.ts";

/* What a worker may do wrong, for tests of those who keep it. */

export interface UnrulyCalls {
  readonly echo: {
    readonly request: Uint8Array;
    readonly answer: { bytes: Uint8Array; pid: number };
  };
  readonly crash: { readonly request: null; readonly answer: never };
  readonly hang: { readonly request: null; readonly answer: never };
  /** Takes so many bytes at once, and keeps them. */
  readonly grow: { readonly request: number; readonly answer: number };
  readonly fail: { readonly request: string; readonly answer: never };
  readonly reveal: { readonly request: null; readonly answer: string[] };
}

const CHUNK = 2 ** 24;
const kept: Buffer[] = [];

answerCalls<UnrulyCalls>({
  echo: (bytes) => Promise.resolve({ bytes, pid: process.pid }),
  crash: () => {
    // What a fault in native code ends with.
    process.kill(process.pid, "SIGSEGV");
    for (;;);
  },
  hang: () => {
    for (;;);
  },
  // Filled, so that the memory is really taken; the thread that does it hears of nothing meanwhile.
  grow: (bytes) => {
    for (let taken = 0; taken < bytes; taken += CHUNK) kept.push(Buffer.alloc(CHUNK, 1));
    return Promise.resolve(kept.length * CHUNK);
  },
  fail: (sentence) => Promise.reject(new Error(sentence)),
  reveal: () => Promise.resolve(Object.keys(process.env)),
});
