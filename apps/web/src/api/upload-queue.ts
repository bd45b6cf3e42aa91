import { addressOf, api, type UploadResult } from "@limn/shared/api";
import { sendForm, sentenceOf } from "./client.ts";

export interface UploadRow {
  readonly id: number;
  /** Relative path, as it will be the image's name. */
  readonly name: string;
  readonly size: number;
  readonly state: "waiting" | "sending" | "done" | "duplicate" | "refused" | "failed";
  /** Share of the bytes sent, 0..1. */
  readonly share: number;
  /** Why refused or failed, or what is worth knowing. */
  readonly reason: string;
  /** What became of each file of a zip archive. */
  readonly results: readonly UploadResult[];
}

export interface UploadQueue {
  readonly get: () => readonly UploadRow[];
  readonly subscribe: (listener: () => void) => () => void;
  add(files: readonly { file: File; path: string }[]): void;
  retry(id: number): void;
  retryFailed(): void;
  cancelAll(): void;
  clearFinished(): void;
}

const FILES_AT_ONCE = 3;

/** Sends files one by one, a few at a time; a file that fails can be sent again by itself. */
export function createUploadQueue(projectId: string, onCreated: () => void): UploadQueue {
  let rows: readonly UploadRow[] = [];
  let nextId = 1;
  let running = 0;
  const files = new Map<number, File>();
  const stops = new Map<number, AbortController>();
  const listeners = new Set<() => void>();

  const set = (next: readonly UploadRow[]) => {
    rows = next;
    for (const listener of listeners) listener();
  };
  const patch = (id: number, change: Partial<UploadRow>) =>
    set(rows.map((row) => (row.id === id ? { ...row, ...change } : row)));

  async function send(row: UploadRow, file: File): Promise<void> {
    const stop = new AbortController();
    stops.set(row.id, stop);
    patch(row.id, { state: "sending", share: 0, reason: "" });
    const form = new FormData();
    form.append("files", file, row.name);
    try {
      const answer = await sendForm(addressOf(api.uploadImages, { params: { projectId } }), form, {
        onProgress: (share) => patch(row.id, { share }),
        signal: stop.signal,
      });
      finish(row.id, api.uploadImages.reply.parse(answer).items);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError")
        set(rows.filter((other) => other.id !== row.id));
      else patch(row.id, { state: "failed", reason: sentenceOf(error) });
    }
    stops.delete(row.id);
  }

  function finish(id: number, results: readonly UploadResult[]): void {
    const created = results.filter((result) => result.status === "created").length;
    const refused = results.filter((result) => result.status === "refused");
    const single = results.length === 1 ? results[0] : undefined;
    if (single)
      patch(id, {
        state: single.status === "created" ? "done" : single.status,
        share: 1,
        reason: single.reason ?? "",
        results,
      });
    else
      patch(id, {
        state: created > 0 || refused.length === 0 ? "done" : "refused",
        share: 1,
        reason: `${created} added, ${results.length - created - refused.length} known already, ${refused.length} refused`,
        results,
      });
    if (created > 0) onCreated();
    if (rows.every((row) => row.state !== "failed" || row.id !== id)) files.delete(id);
  }

  function pump(): void {
    while (running < FILES_AT_ONCE) {
      const row = rows.find((candidate) => candidate.state === "waiting");
      const file = row && files.get(row.id);
      if (!row || !file) return;
      running++;
      void send(row, file).finally(() => {
        running--;
        pump();
      });
    }
  }

  return {
    get: () => rows,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(added) {
      const more = added.map(({ file, path }): UploadRow => {
        const id = nextId++;
        files.set(id, file);
        return {
          id,
          name: path,
          size: file.size,
          state: "waiting",
          share: 0,
          reason: "",
          results: [],
        };
      });
      set([...rows, ...more]);
      pump();
    },
    retry(id) {
      patch(id, { state: "waiting", share: 0, reason: "" });
      pump();
    },
    retryFailed() {
      set(
        rows.map((row) => (row.state === "failed" ? { ...row, state: "waiting", share: 0 } : row)),
      );
      pump();
    },
    cancelAll() {
      set(rows.filter((row) => row.state !== "waiting"));
      for (const stop of stops.values()) stop.abort();
    },
    clearFinished() {
      set(rows.filter((row) => row.state === "waiting" || row.state === "sending"));
    },
  };
}
