import { answerCalls } from "../workers/answer-calls.ts";

/* What a worker may do wrong, for tests of those who keep it. */

export interface UnrulyCalls {
  readonly echo: {
    readonly request: Uint8Array;
    readonly answer: { bytes: Uint8Array; pid: number };
  };
  readonly crash: { readonly request: null; readonly answer: never };
  readonly hang: { readonly request: null; readonly answer: never };
  readonly fail: { readonly request: string; readonly answer: never };
  readonly reveal: { readonly request: null; readonly answer: string[] };
}

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
  fail: (sentence) => Promise.reject(new Error(sentence)),
  reveal: () => Promise.resolve(Object.keys(process.env)),
});
