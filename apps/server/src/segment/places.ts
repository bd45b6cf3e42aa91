import { ApiError } from "@limn/shared/api";
import { createProcessPool, OutOfMemory, OutOfTime, ProcessDied } from "../workers/process-pool.ts";
import { createWorkerPool, type WorkerPool } from "../workers/worker-pool.ts";
import type { UsableModel } from "./models.ts";
import { NETWORK_FAULT } from "./network-fault.ts";
import { inMebibytes, type NetworkLimits } from "./network-limits.ts";
import type { SegmentCalls } from "./segment-calls.ts";

/** As many may wait for a place; more would only be answered when nobody cares any more. */
const MOST_WAITING = 32;
/** A network that people brought, and that has not answered by then, is stopped; the others have so long when the server stops. */
export const ANSWER_LIMIT_MS = 30_000;

const WORKER = new URL("worker.ts", import.meta.url);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

/**
 * Where networks run, one question at a time in each place: the default network in a thread, installed ones (whose encoders
 * take seconds) in another, uploaded ones in a process that can be killed.
 */
export function createPlaces({ limitMs = ANSWER_LIMIT_MS, limitBytes }: NetworkLimits) {
  const pools = {
    default: createWorkerPool<SegmentCalls>(WORKER, 1, { finishMs: ANSWER_LIMIT_MS }),
    installed: createWorkerPool<SegmentCalls>(WORKER, 1, { finishMs: ANSWER_LIMIT_MS }),
    uploaded: createProcessPool<SegmentCalls>(WORKER, { limitMs, limitBytes }),
  };
  const waiting = { default: 0, installed: 0, uploaded: 0 };
  const placeOf = ({ kind }: UsableModel): keyof typeof pools =>
    kind === "learnt" ? "default" : kind;

  /** Undefined: nothing that is the network's fault alone. */
  function whatFailed(error: unknown): string | undefined {
    if (error instanceof OutOfTime) return `took more than ${Math.round(limitMs / 1000)} s`;
    if (error instanceof OutOfMemory) return `took more than ${inMebibytes(limitBytes)} of memory`;
    if (error instanceof ProcessDied) return "broke down";
    return codeOf(error) === NETWORK_FAULT ? "failed when it was asked" : undefined;
  }

  return {
    /** @throws ApiError when too many wait, or a network that people brought does not answer */
    async ask<K extends keyof SegmentCalls>(
      model: UsableModel,
      call: K,
      request: SegmentCalls[K]["request"],
      options: Parameters<WorkerPool<SegmentCalls>["run"]>[2] = {},
    ): Promise<SegmentCalls[K]["answer"]> {
      const place = placeOf(model);
      if (waiting[place] >= MOST_WAITING)
        throw new ApiError(
          "unavailable",
          "Too many people ask the network at once: try again in a moment.",
        );
      waiting[place]++;
      try {
        return await pools[place].run(call, request, options);
      } catch (error) {
        // What comes with Limn is Limn's own fault.
        const what = place === "default" ? undefined : whatFailed(error);
        if (what === undefined) throw error;
        const refusal = new ApiError(
          "unavailable",
          `The network that this project uses ${what}: ask again, or let a lead choose another one on the Model page.`,
        );
        throw Object.assign(refusal, { cause: error });
      } finally {
        waiting[place]--;
      }
    },

    async dispose(): Promise<void> {
      await Promise.all(Object.values(pools).map((pool) => pool.dispose()));
    },
  };
}
