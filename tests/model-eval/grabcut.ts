import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Bitmask } from "@limn/shared/raster";
import type { Predictor } from "./predictor.ts";

const PROGRAM = fileURLToPath(new URL("grabcut.py", import.meta.url));

/**
 * GrabCut as OpenCV has it, in a Python process beside this one (`python` is its command). Throws an Error with a sentence
 * when Python or OpenCV is missing.
 */
export async function createGrabcut(python: string): Promise<Predictor> {
  const child = spawn(python, [PROGRAM], { stdio: ["pipe", "pipe", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  let failure: Error | undefined;
  const fail = (why: string): void => {
    // The first reason is the true one: a command that was not found also ends.
    failure ??= new Error(
      `GrabCut needs Python with OpenCV: \`python3 -m pip install opencv-python-headless numpy\`, then PYTHON=/path/to/python3 npm run model:eval ... (${why})`,
    );
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  child.on("error", (error) => fail(error.message));
  child.on("exit", () => fail(complaint.trim().split("\n").at(-1) ?? ""));
  // Written to after it has ended: the end itself says why.
  child.stdin.on("error", () => undefined);
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  const ask = (question: object): Promise<string> =>
    new Promise((resolveAsk, reject) => {
      if (failure) {
        reject(failure);
        return;
      }
      waiting.push({ resolve: resolveAsk, reject });
      child.stdin.write(`${JSON.stringify(question)}\n`);
    });

  return {
    model: "grabcut",
    async open({ path, width, height }) {
      await ask({ open: resolve(path) });
      return {
        async predict({ box, clicks }) {
          const answer = await ask({
            box: box ? [box.left, box.top, box.right, box.bottom] : null,
            clicks: clicks.map(({ x, y, inside }) => [Math.floor(x), Math.floor(y), inside]),
          });
          const { runs } = JSON.parse(answer) as { runs: readonly number[] };
          return maskOfRuns(runs, width, height);
        },
      };
    },
    close() {
      child.removeAllListeners("exit");
      child.stdin.end();
      return Promise.resolve();
    },
  };
}

function maskOfRuns(runs: readonly number[], width: number, height: number): Bitmask {
  const data = new Uint8Array(width * height);
  let at = 0;
  runs.forEach((run, i) => {
    if (i % 2 === 1) data.fill(1, at, at + run);
    at += run;
  });
  return { left: 0, top: 0, width, height, data };
}
