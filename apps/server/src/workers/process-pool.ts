import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Calls, type FromWorker, TOO_MUCH_MEMORY, type ToWorker } from "./calls.ts";
import type { WorkerPool } from "./worker-pool.ts";

interface Task {
  readonly message: ToWorker;
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** What the work was given no longer than. */
export class OutOfTime extends Error {
  override readonly name = "OutOfTime";
}

/** The work took more memory than it may. */
export class OutOfMemory extends Error {
  override readonly name = "OutOfMemory";
}

/** The process of a work ended in its middle. */
export class ProcessDied extends Error {
  override readonly name = "ProcessDied";
}

export interface ProcessLimits {
  /** Of one call. */
  readonly limitMs: number;
  /** Resident memory of the process. */
  readonly limitBytes: number;
}

/**
 * Like a pool of one worker thread, for work that nobody here vouches for: it has a process of its own, so that a crash in
 * native code ends nothing else, and what takes longer or more memory than it may is killed. The next call gets a new process.
 */
export function createProcessPool<C extends Calls<C>>(
  file: URL,
  { limitMs, limitBytes }: ProcessLimits,
): WorkerPool<C> {
  const urgentTasks: Task[] = [];
  const otherTasks: Task[] = [];
  let child: ChildProcess | null = null;
  let current: { readonly task: Task; readonly timer: NodeJS.Timeout } | null = null;
  let nextId = 0;
  let disposed = false;

  function start(): ChildProcess {
    const { PATH, SystemRoot } = process.env;
    const started = fork(fileURLToPath(file), [String(limitBytes)], {
      // Nothing of the server's settings and secrets.
      env: {
        ...(PATH === undefined ? {} : { PATH }),
        ...(SystemRoot === undefined ? {} : { SystemRoot }),
      },
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    started.on("message", (message) => {
      // Our own worker file sends nothing else.
      const answer = message as FromWorker;
      if (child !== started || current?.task.message.id !== answer.id) return;
      const { task } = current;
      end();
      if ("failure" in answer)
        task.reject(Object.assign(new Error(answer.failure), { code: answer.code }));
      else task.resolve(answer.answer);
      assign();
    });
    const die = (error: Error): void => {
      if (child !== started) return;
      child = null;
      const task = current?.task;
      end();
      task?.reject(error);
      assign();
    };
    const died = (reason: string) => new ProcessDied(`The work's process ended (${reason}).`);
    started.on("error", (error) => die(died(error.message)));
    started.on("exit", (code, signal) =>
      die(
        signal === TOO_MUCH_MEMORY && signal !== "SIGKILL"
          ? new OutOfMemory(`The work took more than ${limitBytes} bytes.`)
          : died(signal ?? `code ${code}`),
      ),
    );
    child = started;
    return started;
  }

  function end(): void {
    if (current) clearTimeout(current.timer);
    current = null;
  }

  function kill(): void {
    const dying = child;
    child = null;
    dying?.kill("SIGKILL");
  }

  function assign(): void {
    if (disposed || current) return;
    const task = urgentTasks.shift() ?? otherTasks.shift();
    if (!task) return;
    const timer = setTimeout(() => {
      end();
      kill();
      task.reject(new OutOfTime(`The work took more than ${Math.round(limitMs / 1000)} s.`));
      assign();
    }, limitMs);
    current = { task, timer };
    (child ?? start()).send(task.message);
  }

  return {
    run(call, request, { urgent = true, signal } = {}) {
      return new Promise((resolve, reject) => {
        if (disposed || signal?.aborted === true) {
          reject(new Error("The work was cancelled."));
          return;
        }
        const task: Task = { message: { id: nextId++, call, request }, resolve, reject };
        const queue = urgent ? urgentTasks : otherTasks;
        signal?.addEventListener("abort", () => {
          const at = queue.indexOf(task);
          if (at !== -1) queue.splice(at, 1);
          reject(new Error("The work was cancelled."));
        });
        queue.push(task);
        assign();
      });
    },

    dispose() {
      disposed = true;
      const stopping = new Error("The server is stopping.");
      for (const task of [...urgentTasks.splice(0), ...otherTasks.splice(0)]) task.reject(stopping);
      const task = current?.task;
      end();
      const dying = child;
      kill();
      const gone =
        dying === null || dying.exitCode !== null || dying.signalCode !== null
          ? Promise.resolve()
          : new Promise<void>((resolve) => dying.once("exit", () => resolve()));
      return gone.then(() => task?.reject(stopping));
    },
  };
}
