import { createLeanClient, type LeanClient } from "./lean-client.ts";
import { pause } from "./processes.ts";
import type { Target } from "./targets.ts";

export interface CrashOptions {
  readonly rooms: number;
  readonly clients: number;
  readonly rate: number;
  readonly kills: number;
  /** Seconds from the first edit to the kill, at random between these. */
  readonly after: readonly [number, number];
  readonly random: () => number;
  readonly onKill: (kill: number) => void;
}

export interface CrashFigures {
  readonly server: string;
  readonly kills: number;
  readonly sent: number;
  /** Edits whose acknowledgement had come before the kill. */
  readonly saidSaved: number;
  readonly savedAndLost: number;
  /** Edits that another client had received before the kill. */
  readonly seen: number;
  readonly seenAndLost: number;
}

/**
 * Edits flow, SIGKILL at a random moment, the clients are gone too (browser closed); the server starts again and fresh
 * readers look for every marker. SIGKILL leaves the page cache: this tests the order of work, not the disk.
 */
export async function measureCrashes(target: Target, options: CrashOptions): Promise<CrashFigures> {
  const sum = { sent: 0, saidSaved: 0, savedAndLost: 0, seen: 0, seenAndLost: 0 };
  for (let kill = 0; kill < options.kills; kill++) {
    const once = await crashOnce(target, options);
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += once[key];
    options.onKill(kill + 1);
  }
  return { server: target.name, kills: options.kills, ...sum };
}

async function crashOnce(
  target: Target,
  options: CrashOptions,
): Promise<Omit<CrashFigures, "server" | "kills">> {
  const run = Math.floor(Math.random() * 2 ** 32);
  const { dialect } = target;
  const running = await target.start();
  const rooms = await target.createRooms(running, options.rooms);
  const seen = new Set<string>();
  const clients: LeanClient[] = [];
  for (const room of rooms) {
    for (let i = 0; i < options.clients; i++) {
      const number = clients.length;
      const onMarker = (from: number, edit: number): void => {
        if (from !== number) seen.add(`${from}:${edit}`);
      };
      const url = target.urlOf(room);
      clients.push(createLeanClient({ number, run, room, url, dialect, onMarker }));
    }
  }
  await Promise.all(clients.map((client) => client.connect()));
  const timers = clients.map((client) => setInterval(() => client.edit(), 1_000 / options.rate));
  const [least, most] = options.after;
  await pause(1_000 * (least + options.random() * (most - least)));
  await running.stop("SIGKILL");
  for (const timer of timers) clearInterval(timer);
  for (const client of clients) client.close();

  const again = await target.start();
  const found = new Set<string>();
  for (const room of rooms) {
    const onMarker = (from: number, edit: number): void => void found.add(`${from}:${edit}`);
    const url = target.urlOf(room);
    const reader = createLeanClient({ number: 1e6, run, room, url, dialect, onMarker });
    await reader.connect();
    // Some servers answer with an empty document first: wait until nothing more comes for a while.
    for (let before = -1, calm = 0; calm < 8; await pause(50)) {
      calm = found.size === before ? calm + 1 : 0;
      before = found.size;
    }
    reader.close();
  }
  await again.stop("SIGKILL");

  const figures = { sent: 0, saidSaved: 0, savedAndLost: 0, seen: 0, seenAndLost: 0 };
  for (const client of clients) {
    for (let edit = 0; edit < client.edits(); edit++) {
      const key = `${client.number}:${edit}`;
      const lost = found.has(key) ? 0 : 1;
      figures.sent++;
      if (client.acknowledged.has(edit)) {
        figures.saidSaved++;
        figures.savedAndLost += lost;
      }
      if (seen.has(key)) {
        figures.seen++;
        figures.seenAndLost += lost;
      }
    }
  }
  return figures;
}
