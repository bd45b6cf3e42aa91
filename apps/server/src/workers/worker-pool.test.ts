import { afterEach, expect, test } from "vitest";
import type { UnrulyCalls } from "../testing/unruly-worker.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";

const file = new URL("../testing/unruly-worker.ts", import.meta.url);
const pools: WorkerPool<UnrulyCalls>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.dispose())));
function open(finishMs?: number): WorkerPool<UnrulyCalls> {
  const pool = createWorkerPool<UnrulyCalls>(file, 1, finishMs === undefined ? {} : { finishMs });
  pools.push(pool);
  return pool;
}
const bytes = new Uint8Array([1, 2, 3]);

test("[SV5] where the end of a thread would end the process, what runs is finished at the stop, and nothing after it", async () => {
  const pool = open(20_000);
  const running = pool.run("echo", bytes);
  const waiting = pool.run("echo", bytes);
  waiting.catch(() => undefined);
  await pool.dispose();
  expect((await running).bytes).toEqual(bytes);
  await expect(waiting).rejects.toThrow("stopping");
});

test("[SV5] what does not end is cut off", async () => {
  for (const finishMs of [undefined, 200]) {
    const pool = open(finishMs);
    const hang = pool.run("hang", null);
    hang.catch(() => undefined);
    await pool.dispose();
    await expect(hang).rejects.toThrow("stopping");
  }
});
