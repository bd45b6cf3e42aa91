import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Dialect } from "./lean-client.ts";
import { findFreePort, type Running, startNode } from "./processes.ts";
import { createImages, signInAsOwner } from "./limn-images.ts";

/** A server to be measured. Its data lasts until `dispose`, over any number of starts. */
export interface Target {
  readonly name: string;
  readonly dialect: Dialect;
  readonly start: () => Promise<Running>;
  /** Makes so many rooms with nothing in them at the running server. */
  readonly createRooms: (running: Running, count: number) => Promise<string[]>;
  readonly urlOf: (room: string) => string;
  readonly dispose: () => Promise<void>;
}

const OWNER = { email: "bench@example.org", password: "a long password for the bench" };

/** Our server as people run it, with its own sign-in and images. */
export async function createLimnTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "limn-bench-"));
  const port = await findFreePort();
  const script = fileURLToPath(new URL("../../../apps/server/src/main.ts", import.meta.url));
  let token = "";
  return {
    name: "Limn",
    dialect: "limn",
    start: () =>
      startNode({
        script,
        port,
        env: {
          DATA_DIR: folder,
          LIMN_OWNER_EMAIL: OWNER.email,
          LIMN_OWNER_PASSWORD: OWNER.password,
          LIMN_SAMPLE: "0",
          LOG_LEVEL: "error",
        },
      }),
    async createRooms(running, count) {
      const address = `http://127.0.0.1:${running.port}`;
      if (token === "") token = await signInAsOwner(address, OWNER);
      return createImages(address, token, count);
    },
    urlOf: (room) => `ws://127.0.0.1:${port}/api/rooms/${room}?limn=1&token=${token}`,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Our rooms without the rest of the server, to see what is theirs. */
export async function createRoomsTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "limn-bench-"));
  const port = await findFreePort();
  const script = fileURLToPath(
    new URL("../../../apps/server/src/rooms/testing/room-process.ts", import.meta.url),
  );
  let rooms = 0;
  return {
    name: "Limn, rooms alone",
    dialect: "limn",
    start: () => startNode({ script, port, args: [join(folder, "rooms.sqlite"), String(port)] }),
    createRooms: async (_running, count) =>
      Array.from({ length: count }, () => `room-${process.pid}-${rooms++}`),
    urlOf: (room) => `ws://127.0.0.1:${port}/${room}?limn=1&user=bench`,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function createHocuspocusTarget(): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), "limn-bench-"));
  const port = await findFreePort();
  const peers = fileURLToPath(new URL("peers", import.meta.url));
  installPeers(peers);
  let rooms = 0;
  return {
    name: "Hocuspocus + SQLite",
    dialect: "hocuspocus",
    start: () =>
      startNode({
        script: join(peers, "hocuspocus.mjs"),
        port,
        env: { FILE: join(folder, "hocuspocus.sqlite") },
      }),
    createRooms: async (_running, count) =>
      Array.from({ length: count }, () => `room-${process.pid}-${rooms++}`),
    urlOf: () => `ws://127.0.0.1:${port}/`,
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The peers are no part of the product: they are installed where they are first measured. */
function installPeers(folder: string): void {
  if (existsSync(join(folder, "node_modules", "@hocuspocus", "server"))) return;
  console.log("Installing the servers to compare with ...");
  const npm = process.env["npm_execpath"];
  const [command, args] =
    npm === undefined ? ["npm", []] : [process.env["npm_node_execpath"] ?? "node", [npm]];
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_(package|lifecycle|command)/.test(key)),
  );
  const done = spawnSync(command, [...args, "ci", "--loglevel=error"], {
    cwd: folder,
    stdio: "inherit",
    env,
  });
  if (done.status !== 0) throw new Error("The peers could not be installed; is the network there?");
}
