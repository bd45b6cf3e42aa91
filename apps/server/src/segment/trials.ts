import { ApiError } from "@limn/shared/api";
import { createProcessPool, OutOfMemory, OutOfTime, ProcessDied } from "../workers/process-pool.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import { inMebibytes, type NetworkLimits } from "./network-limits.ts";
import type { Trial, TrialCalls } from "./trial-calls.ts";

/** Loading a large encoder and asking it twice takes its time; who takes longer is of no use to people who click. */
const TRIAL_LIMIT_MS = 60_000;
const WORKER = new URL("trial-worker.ts", import.meta.url);

/** Tries networks, one at a time, each in a process of its own that is gone afterwards. */
export function createTrials({ limitMs = TRIAL_LIMIT_MS, limitBytes }: NetworkLimits) {
  let current: WorkerPool<TrialCalls> | null = null;

  function requireFree(): void {
    if (current)
      throw new ApiError(
        "unavailable",
        "Another network is being tried on this server now: try again in a minute.",
      );
  }

  return {
    /** To be asked before the files come. @throws ApiError while a network is being tried */
    requireFree,

    /** @throws ApiError with a sentence when the network cannot be used, or another one is being tried */
    async run(request: Trial["request"]): Promise<Extract<Trial["answer"], { ok: true }>> {
      requireFree();
      const pool = createProcessPool<TrialCalls>(WORKER, { limitMs, limitBytes });
      current = pool;
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
        if (error instanceof OutOfMemory)
          throw new ApiError(
            "unprocessable",
            `The network took more than ${inMebibytes(limitBytes)} of memory when it was tried: nothing was kept.`,
          );
        if (error instanceof ProcessDied)
          throw new ApiError(
            "unprocessable",
            "The network broke down when it was tried, perhaps for want of memory: nothing was kept.",
          );
        throw error;
      } finally {
        await pool.dispose();
        current = null;
      }
    },

    async dispose(): Promise<void> {
      await current?.dispose();
    },
  };
}
