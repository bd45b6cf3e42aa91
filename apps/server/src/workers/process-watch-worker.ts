import { writeFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { TOO_MUCH_MEMORY } from "./calls.ts";

/*
 * A thread beside the work of a process: it ends the process when the one that started it is gone, or when it has taken more
 * memory than it may. Work in native code may keep the process's own thread for ever, so that it never hears that its channel
 * is closed, and allocates where the limits of JavaScript's heap do not reach.
 */

const { parent, limitBytes } = workerData as {
  /** Process id. */
  readonly parent: number;
  /** Resident memory of the whole process; what is only reserved is nobody's loss. */
  readonly limitBytes: number;
};

/** What is allocated between two looks comes on top of the limit: some hundred megabytes at most. */
const LOOK_MS = 25;

// Should it be too fast even so, the kernel takes this process rather than the server. Linux alone has that.
if (process.platform === "linux")
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
  } catch {
    // A container may forbid it.
  }

setInterval(() => {
  // An orphan is handed to another parent.
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  if (process.memoryUsage.rss() > limitBytes) process.kill(process.pid, TOO_MUCH_MEMORY);
}, LOOK_MS);
