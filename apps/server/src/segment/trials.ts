import { ApiError } from "@limn/shared/api";
import { createKeyedQueue } from "../keyed-queue.ts";
import { createProcessPool, OutOfTime, ProcessDied } from "../workers/process-pool.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import type { Trial, TrialCalls } from "./trial-calls.ts";

/** Loading a large encoder and asking it twice takes its time; who takes longer is of no use to people who click. */
const TRIAL_LIMIT_MS = 120_000;
const WORKER = new URL("trial-worker.ts", import.meta.url);

/** Tries networks, one at a time, each in a process of its own that is gone afterwards. */
export function createTrials(limitMs = TRIAL_LIMIT_MS) {
  const queue = createKeyedQueue();
  const pools = new Set<WorkerPool<TrialCalls>>();

  return {
    /** @throws ApiError with a sentence when the network cannot be used */
    run: (request: Trial["request"]): Promise<Extract<Trial["answer"], { ok: true }>> =>
      queue.run("trial", async () => {
        const pool = createProcessPool<TrialCalls>(WORKER, limitMs);
        pools.add(pool);
        try {
          const answer = await pool.run("try", request);
          if (answer.ok) return answer;
          throw new ApiError("unprocessable", answer.sentence);
        } catch (error) {
          if (error instanceof OutOfTime)
            throw new ApiError(
              "unprocessable",
              `The network had not answered after ${Math.round(limitMs / 1000)} s when it was tried: nothing was kept.`,
            );
          if (error instanceof ProcessDied)
            throw new ApiError(
              "unprocessable",
              "The network broke down when it was tried, perhaps for want of memory: nothing was kept.",
            );
          throw error;
        } finally {
          pools.delete(pool);
          await pool.dispose();
        }
      }),

    async dispose(): Promise<void> {
      await Promise.all([...pools].map((pool) => pool.dispose()));
    },
  };
}
