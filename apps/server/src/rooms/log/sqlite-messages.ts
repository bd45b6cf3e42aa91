import type { StoredRoom, UntoldRow } from "./log.ts";

// What the log's main-thread side and its worker say to each other. Every request has an id and gets one answer.

export type Calls = {
  /** The argument is a batch as bytes (`encodeBatch`). */
  commit: { argument: Uint8Array<ArrayBuffer>; answer: null };
  load: { argument: string; answer: StoredRoom };
  heads: { argument: null; answer: { room: string; seq: number }[] };
  untold: { argument: null; answer: UntoldRow[] };
  remove: { argument: string; answer: null };
  close: { argument: null; answer: null };
};

export type CallName = keyof Calls;

export type LogRequest = {
  [Name in CallName]: {
    readonly id: number;
    readonly call: Name;
    readonly argument: Calls[Name]["argument"];
  };
}[CallName];

export type LogAnswer =
  | { readonly id: number; readonly ok: true; readonly value: Calls[CallName]["answer"] }
  | { readonly id: number; readonly ok: false; readonly message: string };

export type LogWorkerData = { readonly file: string };
