import { stat } from "node:fs/promises";
import { createWorkerPool } from "../workers/worker-pool.ts";

export interface CheckpointCalls {
  readonly checkpoint: { readonly request: { readonly path: string }; readonly answer: null };
}

const EVERY_MS = 5000;
/** A WAL that is shorter is left alone. */
const WAL_BYTES = 4 << 20;

/** Checkpoints of a SQLite file in WAL mode, off the main thread; answers the function that ends them. */
export function startCheckpoints(
  path: string,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const workers = createWorkerPool<CheckpointCalls>(
    new URL("checkpoint-worker.ts", import.meta.url),
    1,
  );
  let running: Promise<void> | null = null;

  async function check(): Promise<void> {
    const wal = await stat(`${path}-wal`).catch(() => null);
    if (wal !== null && wal.size >= WAL_BYTES) await workers.run("checkpoint", { path });
  }

  const timer = setInterval(() => {
    running ??= check()
      .catch(onError)
      .finally(() => {
        running = null;
      });
  }, EVERY_MS);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
    await workers.dispose();
  };
}
