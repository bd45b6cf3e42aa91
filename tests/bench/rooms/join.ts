import * as Y from "yjs";
import { createLeanClient } from "./lean-client.ts";
import { pause } from "./processes.ts";
import { median, round } from "./statistics.ts";
import type { Target } from "./targets.ts";

export interface JoinFigures {
  readonly server: string;
  readonly polygons: number;
  /** Milliseconds from opening the socket until the last polygon had come. */
  readonly warmMs: number | undefined;
  readonly twentyAtOnceMs: number;
  readonly twentyAtOnceCpuSeconds: number;
  readonly coldMs: number | undefined;
  /** What the client itself needs to take the document in. */
  readonly clientApplyMs: number | undefined;
  readonly bytes: number;
}

const PATIENCE_MS = 20_000;

/** One client writes many polygons; then single joins, twenty at once, and the first join after a restart. */
export async function measureJoins(target: Target, polygons: number): Promise<JoinFigures> {
  const run = Math.floor(Math.random() * 2 ** 32);
  const { dialect } = target;
  let running = await target.start();
  const [room = ""] = await target.createRooms(running, 1);
  const url = target.urlOf(room);
  const writer = createLeanClient({ number: 0, run, room, url, dialect, onMarker() {} });
  await writer.connect();
  for (let from = 0; from < polygons; from += 500) {
    writer.addMany(from, Math.min(polygons, from + 500));
    await pause(5);
  }
  const deadline = performance.now() + PATIENCE_MS;
  while (!writer.allAcknowledged() && performance.now() < deadline) await pause(10);
  // Servers that store later than they say so get the time they need.
  await pause(3_000);

  const join = async (): Promise<{ ms: number; state: Uint8Array; bytes: number }> => {
    const seen = new Set<number>();
    let last = Number.NaN;
    const began = performance.now();
    const onMarker = (_from: number, edit: number): void => {
      seen.add(edit);
      if (seen.size === polygons) last = performance.now();
    };
    const client = createLeanClient({ number: 1, run, room, url, dialect, onMarker });
    await client.connect();
    while (Number.isNaN(last) && performance.now() - began < PATIENCE_MS) await pause(1);
    const received = client.received();
    client.close();
    return { ms: last - began, ...received };
  };
  const warm = [];
  for (let i = 0; i < 10; i++) warm.push(await join());
  const apply = warm.map(({ state }) => {
    const began = performance.now();
    Y.applyUpdate(new Y.Doc(), state);
    return performance.now() - began;
  });
  const cpu = running.cpuSeconds();
  const burst = await Promise.all(Array.from({ length: 20 }, join));
  const burstCpu = running.cpuSeconds() - cpu;
  writer.close();
  await running.stop("SIGTERM");
  const cold = [];
  for (let i = 0; i < 3; i++) {
    running = await target.start();
    cold.push((await join()).ms);
    await running.stop("SIGTERM");
  }
  return {
    server: target.name,
    polygons,
    warmMs: median(warm.map(({ ms }) => ms)),
    twentyAtOnceMs: round(Math.max(...burst.map(({ ms }) => ms)), 0),
    twentyAtOnceCpuSeconds: round(burstCpu),
    coldMs: median(cold),
    clientApplyMs: median(apply),
    bytes: warm[0]?.bytes ?? 0,
  };
}
