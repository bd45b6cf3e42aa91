import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export type RoomProcess = {
  readonly port: number;
  /** Resolves once the process is gone. */
  readonly stop: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
};

/** Starts room-process.ts over a log file and waits until it listens. Port 0 takes any. */
export async function spawnRooms(file: string, port = 0): Promise<RoomProcess> {
  const script = fileURLToPath(new URL("room-process.ts", import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, file, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const listening = await new Promise<number>((resolve, reject) => {
    child.stdout?.once("data", (text: Buffer) => resolve(Number(text.toString())));
    void gone.then(() => reject(new Error("the room process ended before it listened")));
  });
  return {
    port: listening,
    async stop(signal) {
      child.kill(signal);
      await gone;
    },
  };
}
