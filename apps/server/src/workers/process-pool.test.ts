import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import type { UnrulyCalls } from "../testing/unruly-worker.ts";
import { createProcessPool, OutOfMemory, OutOfTime, ProcessDied } from "./process-pool.ts";
import type { WorkerPool } from "./worker-pool.ts";

const file = new URL("../testing/unruly-worker.ts", import.meta.url);
const pools: WorkerPool<UnrulyCalls>[] = [];
afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.dispose())));
function open(limitMs: number, limitBytes = 2 ** 31): WorkerPool<UnrulyCalls> {
  const pool = createProcessPool<UnrulyCalls>(file, { limitMs, limitBytes });
  pools.push(pool);
  return pool;
}
const bytes = new Uint8Array([1, 2, 3]);

test("[MO10] calls are answered by another process, which stays for the next ones", async () => {
  const pool = open(20_000);
  const [first, second] = await Promise.all([pool.run("echo", bytes), pool.run("echo", bytes)]);
  expect(first.bytes).toEqual(bytes);
  expect(first.pid).not.toBe(process.pid);
  expect(second.pid).toBe(first.pid);
  await expect(pool.run("fail", "No.")).rejects.toThrow("No.");
});

test("[MO10] it is told nothing of the server's settings", async () => {
  process.env["LIMN_SECRET_FOR_TEST"] = "x";
  const names = await open(20_000).run("reveal", null);
  delete process.env["LIMN_SECRET_FOR_TEST"];
  expect(names).toContain("PATH");
  expect(names).not.toContain("LIMN_SECRET_FOR_TEST");
});

test("[MO10] a crash fails its own call alone, and the next one gets a new process", async () => {
  const pool = open(20_000);
  const { pid } = await pool.run("echo", bytes);
  const crash = pool.run("crash", null);
  const next = pool.run("echo", bytes);
  await expect(crash).rejects.toThrow(ProcessDied);
  expect((await next).pid).not.toBe(pid);
});

test("[MO10] what does not end in time is killed, and the next call is answered", async () => {
  const pool = open(1500);
  const hang = pool.run("hang", null);
  const next = pool.run("echo", bytes);
  await expect(hang).rejects.toThrow(OutOfTime);
  expect((await next).bytes).toEqual(bytes);
});

// Windows ends a process without saying why.
test.skipIf(process.platform === "win32")(
  "[MO12] what takes more memory than it may is ended, and the next call is answered",
  async () => {
    const pool = open(60_000, 400 * 2 ** 20);
    expect(await pool.run("grow", 2 ** 27)).toBe(2 ** 27);
    const greedy = pool.run("grow", 2 ** 32);
    const next = pool.run("echo", bytes);
    await expect(greedy).rejects.toThrow(OutOfMemory);
    expect((await next).bytes).toEqual(bytes);
  },
);

// Only there the kernel can be told.
test.runIf(process.platform === "linux")(
  "[MO12] where memory runs out all the same, the kernel takes that process first",
  async () => {
    const { pid } = await open(20_000).run("echo", bytes);
    await vi.waitFor(() =>
      expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim()).toBe("1000"),
    );
  },
);

test("[MO10] what waits and is cancelled is not done; a stop ends all", async () => {
  const pool = open(60_000);
  const gone = new AbortController();
  const hang = pool.run("hang", null);
  const cancelled = pool.run("echo", bytes, { signal: gone.signal });
  const waiting = pool.run("echo", bytes);
  hang.catch(() => undefined);
  waiting.catch(() => undefined);
  gone.abort();
  await expect(cancelled).rejects.toThrow("cancelled");
  await pool.dispose();
  await expect(hang).rejects.toThrow("stopping");
  await expect(waiting).rejects.toThrow("stopping");
  await expect(pool.run("echo", bytes)).rejects.toThrow("cancelled");
});

// What runs and for how long is read from /proc.
test.runIf(process.platform === "linux")(
  "[MO10] a network that never answers ends when the server was killed",
  async () => {
    const server = fork(
      fileURLToPath(new URL("../testing/server-with-trial.ts", import.meta.url)),
      {
        execArgv: [],
      },
    );
    const [pid] = (await once(server, "message")) as [number];
    expect(isThere(pid)).toBe(true);
    const gone = once(server, "exit");
    server.kill("SIGKILL");
    await gone;
    try {
      await vi.waitFor(() => expect(isThere(pid)).toBe(false), { timeout: 10_000, interval: 100 });
    } finally {
      if (isThere(pid)) process.kill(pid, "SIGKILL");
    }
  },
  60_000,
);

/** Ended, and waiting for somebody to ask how, is gone. */
function isThere(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
