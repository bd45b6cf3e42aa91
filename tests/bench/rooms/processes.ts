import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";

export interface Running {
  readonly port: number;
  /** User and system time of the whole process, its threads included, in seconds; 0 where there is no /proc. */
  readonly cpuSeconds: () => number;
  readonly memoryMiB: () => number;
  readonly stop: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
}

const TICKS_PER_SECOND = 100;

/** Starts a Node program and waits until it listens on `port`. What it prints on stderr is passed through. */
export async function startNode(options: {
  readonly script: string;
  readonly args?: readonly string[];
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Running> {
  const { port } = options;
  const child = spawn(process.execPath, [options.script, ...(options.args ?? [])], {
    env: { ...process.env, ...options.env, PORT: String(port) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => {
      process.off("exit", endWithUs);
      resolve();
    });
  });
  const deadline = performance.now() + 30_000;
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error(`${options.script} ended before it listened`);
    if (performance.now() > deadline) throw new Error(`${options.script} did not listen in 30 s`);
    await pause(20);
  }
  return {
    port,
    cpuSeconds: () => readCpu(child),
    memoryMiB: () => readMemory(child),
    async stop(signal) {
      child.kill(signal);
      const late = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await gone;
      clearTimeout(late);
    },
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

function readCpu(child: ChildProcess): number {
  try {
    const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

function readMemory(child: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
