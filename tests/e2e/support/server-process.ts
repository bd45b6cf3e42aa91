import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ServerProcess {
  readonly origin: string;
  readonly dataDir: string;
  /** As Ctrl+C does. */
  stop(): Promise<void>;
  /** As a power cut does to the process. */
  kill(): Promise<void>;
  /** Starts again on the same port with the same data. */
  restart(): Promise<void>;
  /** Ends it and removes its data. */
  remove(): Promise<void>;
}

const START_MS = 30_000;

/** The real server as `npm start` runs it, on a free port, with data of its own. */
export async function startServer(env: Record<string, string> = {}): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), "limn-e2e-"));
  let running: { child: ChildProcess; origin: string } | undefined;

  async function start(port: string): Promise<void> {
    const child = spawn(process.execPath, ["apps/server/src/main.ts"], {
      env: {
        ...process.env,
        LIMN_SAMPLE: "0",
        LOG_LEVEL: "error",
        ...env,
        PORT: port,
        DATA_DIR: dataDir,
      },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const origin = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error("the server did not say its address")),
        START_MS,
      );
      let text = "";
      child.stdout?.on("data", (data: Buffer) => {
        text += data.toString();
        const found = /Limn is at (http:\S+)/.exec(text)?.[1];
        if (found === undefined) return;
        clearTimeout(timer);
        resolve(found);
      });
      child.once("exit", (code) => {
        clearTimeout(timer);
        reject(new Error(`the server ended with ${code}: ${text}`));
      });
    });
    running = { child, origin };
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = running?.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  await start("0");
  const origin = running?.origin ?? "";
  return {
    origin,
    dataDir,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    restart: () => start(new URL(origin).port),
    async remove() {
      await end("SIGKILL");
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
