import { createLeanClient, type LeanClient } from "./lean-client.ts";
import { pause } from "./processes.ts";
import { percentile, round } from "./statistics.ts";
import type { Target } from "./targets.ts";

export interface LoadOptions {
  readonly rooms: number;
  readonly clients: number;
  /** Edits per second of each client. */
  readonly rate: number;
  readonly seconds: number;
  readonly warmup: number;
  readonly random: () => number;
}

export interface LoadFigures {
  readonly server: string;
  readonly edits: number;
  readonly delivered: number;
  readonly expected: number;
  readonly deliveryP50Ms: number | undefined;
  readonly deliveryP95Ms: number | undefined;
  readonly savedP50Ms: number | undefined;
  readonly savedP95Ms: number | undefined;
  readonly cpuMicrosPerDelivery: number;
  readonly memoryMiB: number;
  /** Share of one core that the clients took; above about 0.5 they are the bottleneck. */
  readonly clientCpu: number;
  readonly closed: number;
}

/** Many clients add polygons; timed from the call that made an edit to its marker at each other client of the room. */
export async function measureLoad(target: Target, options: LoadOptions): Promise<LoadFigures> {
  const running = await target.start();
  const run = Math.floor(Math.random() * 2 ** 32);
  const rooms = await target.createRooms(running, options.rooms);
  const clients: LeanClient[] = [];
  let latencies: number[] = [];
  let measuring = false;
  for (const room of rooms) {
    for (let i = 0; i < options.clients; i++) {
      const number = clients.length;
      const onMarker = (from: number, edit: number): void => {
        if (from === number || !measuring) return;
        latencies.push(performance.now() - (clients[from]?.sentAt(edit) ?? Number.NaN));
      };
      const { dialect } = target;
      clients.push(
        createLeanClient({ number, run, room, url: target.urlOf(room), dialect, onMarker }),
      );
    }
  }
  for (let i = 0; i < clients.length; i += 50) {
    await Promise.all(clients.slice(i, i + 50).map((client) => client.connect()));
  }
  const stops = clients.map((client) => editRegularly(client, options));
  await pause(options.warmup * 1_000);

  const countEdits = (): number => clients.reduce((sum, client) => sum + client.edits(), 0);
  for (const client of clients) client.takeAckLatencies();
  latencies = [];
  const before = { cpu: running.cpuSeconds(), edits: countEdits(), at: performance.now() };
  const ownCpu = process.cpuUsage();
  measuring = true;
  await pause(options.seconds * 1_000);
  const cpu = running.cpuSeconds() - before.cpu;
  const own = process.cpuUsage(ownCpu);
  const seconds = (performance.now() - before.at) / 1_000;
  const edits = countEdits() - before.edits;
  const memoryMiB = round(running.memoryMiB(), 0);
  measuring = false;

  for (const stop of stops) stop();
  const saved = clients.flatMap((client) => client.takeAckLatencies());
  const closed = clients.filter((client) => client.closedWith() !== undefined).length;
  for (const client of clients) client.close();
  await running.stop("SIGTERM");
  return {
    server: target.name,
    edits,
    delivered: latencies.length,
    expected: edits * (options.clients - 1),
    deliveryP50Ms: percentile(latencies, 0.5),
    deliveryP95Ms: percentile(latencies, 0.95),
    savedP50Ms: percentile(saved, 0.5),
    savedP95Ms: percentile(saved, 0.95),
    cpuMicrosPerDelivery: round((cpu * 1e6) / latencies.length, 1),
    memoryMiB,
    clientCpu: round((own.user + own.system) / 1e6 / seconds),
    closed,
  };
}

function editRegularly(client: LeanClient, options: LoadOptions): () => void {
  const period = 1_000 / options.rate;
  let timer: NodeJS.Timeout | undefined;
  const first = setTimeout(() => {
    client.edit();
    timer = setInterval(() => client.edit(), period);
  }, options.random() * period);
  return () => {
    clearTimeout(first);
    clearInterval(timer);
  };
}
