import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { measureCrashes } from "./crash.ts";
import { measureJoins } from "./join.ts";
import { type LoadFigures, measureLoad } from "./load.ts";
import { createRandom, median, round } from "./statistics.ts";
import {
  createHocuspocusTarget,
  createLimnTarget,
  createRoomsTarget,
  type Target,
} from "./targets.ts";

const HELP = `npm run bench -- rooms [SCENARIO ...] [options] [--out FILE]

Scenarios (all of load-1x20, load-100x5 and join when none is named)
  load-1x20    1 room, 20 clients, 10 edits/s each
  load-100x5   100 rooms, 5 clients, 2 edits/s each
  join         opening an image with 10,000 polygons: warm, 20 at once, after a restart
  crash        SIGKILL at a random moment, again and again; only our server

Options
  --rounds 3       the servers take turns so many times; figures are medians of the rounds
  --seconds 10     measured time of a load round, after --warmup 8
  --kills 50       of crash, 1 to 3 s after the first edit
  --seed 1
  --servers hocuspocus,limn    also: rooms (our rooms without the rest of the server)`;

const LOADS = {
  "load-1x20": { rooms: 1, clients: 20, rate: 10 },
  "load-100x5": { rooms: 100, clients: 5, rate: 2 },
} as const;

const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  hocuspocus: createHocuspocusTarget,
  limn: createLimnTarget,
  rooms: createRoomsTarget,
};

/** Our server and Hocuspocus with SQLite, in turns, on this machine. */
export async function run(args: readonly string[]): Promise<unknown> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "10" },
      warmup: { type: "string", default: "8" },
      kills: { type: "string", default: "50" },
      polygons: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      servers: { type: "string", default: "hocuspocus,limn" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return {};
  }
  const scenarios = positionals.length > 0 ? positionals : [...Object.keys(LOADS), "join"];
  const random = createRandom(Number(values.seed));
  const names = scenarios.every((scenario) => scenario === "crash")
    ? ["limn"]
    : values.servers.split(",");
  const targets: Target[] = [];
  for (const name of names) {
    const create = TARGETS[name];
    if (create === undefined) throw new Error(`There is no server ${name}.\n\n${HELP}`);
    targets.push(await create());
  }
  const results: Record<string, unknown> = {};
  try {
    for (const scenario of scenarios) {
      console.log(`\n${scenario}`);
      if (scenario in LOADS) {
        const load = LOADS[scenario as keyof typeof LOADS]; // Checked in the line before.
        const options = {
          ...load,
          seconds: Number(values.seconds),
          warmup: Number(values.warmup),
          random,
        };
        results[scenario] = await compareLoads(targets, Number(values.rounds), options);
      } else if (scenario === "join") {
        const joins = [];
        for (const target of targets) {
          joins.push(await measureJoins(target, Number(values.polygons)));
        }
        printTable(joins);
        results[scenario] = joins;
      } else if (scenario === "crash") {
        const last = targets.at(-1);
        if (last === undefined) throw new Error("no server was named");
        const crashes = await measureCrashes(last, {
          rooms: 3,
          clients: 3,
          rate: 10,
          kills: Number(values.kills),
          after: [1, 3],
          random,
          onKill: (kill) => process.stdout.write(`\r${kill} kills`),
        });
        process.stdout.write("\r");
        printTable([crashes]);
        results[scenario] = crashes;
      } else throw new Error(`There is no scenario ${scenario}.\n\n${HELP}`);
    }
  } finally {
    for (const target of targets) await target.dispose();
  }
  return { bench: "rooms", at: new Date().toISOString(), machine: describeMachine(), results };
}

async function compareLoads(
  targets: readonly Target[],
  rounds: number,
  options: Parameters<typeof measureLoad>[1],
): Promise<unknown> {
  const all: LoadFigures[] = [];
  for (let i = 0; i < rounds; i++) {
    for (const target of targets) {
      const figures = await measureLoad(target, options);
      all.push(figures);
      const { server, cpuMicrosPerDelivery, deliveryP50Ms } = figures;
      console.log(
        `  round ${i + 1}: ${server}: ${cpuMicrosPerDelivery} us per delivery, p50 ${deliveryP50Ms} ms`,
      );
    }
  }
  const medians = targets.map(({ name }) => summarize(all.filter(({ server }) => server === name)));
  printTable(medians);
  const ratios = cpuRatios(all, targets);
  if (ratios.length > 0) {
    console.log(
      `CPU per delivery, second to first: ${median(ratios)} (rounds ${ratios.join(", ")})`,
    );
  }
  return { rounds: all, medians, cpuRatios: ratios, cpuRatio: median(ratios) };
}

/** Of each round, because the machine changes between rounds. */
function cpuRatios(all: readonly LoadFigures[], targets: readonly Target[]): number[] {
  const [peer, limn] = targets.map(({ name }) => all.filter(({ server }) => server === name));
  return (limn ?? []).flatMap((figures, i) => {
    const base = peer?.[i]?.cpuMicrosPerDelivery;
    return base === undefined ? [] : [round(figures.cpuMicrosPerDelivery / base)];
  });
}

function summarize(rounds: readonly LoadFigures[]): Record<string, unknown> {
  const of = (pick: (figures: LoadFigures) => number | undefined): number | undefined =>
    median(rounds.map(pick));
  return {
    server: rounds[0]?.server,
    deliveryP50Ms: of((r) => r.deliveryP50Ms),
    deliveryP95Ms: of((r) => r.deliveryP95Ms),
    savedP50Ms: of((r) => r.savedP50Ms),
    savedP95Ms: of((r) => r.savedP95Ms),
    cpuMicrosPerDelivery: of((r) => r.cpuMicrosPerDelivery),
    memoryMiB: of((r) => r.memoryMiB),
    delivered: of((r) => round(r.delivered / r.expected, 3)),
    closed: of((r) => r.closed),
    clientCpu: of((r) => r.clientCpu),
  };
}

function printTable(rows: readonly object[]): void {
  console.table(rows);
}

function describeMachine(): Record<string, unknown> {
  let load: number | undefined;
  try {
    load = Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);
  } catch {
    load = undefined;
  }
  const [first] = cpus();
  return { cpu: first?.model, cores: cpus().length, load, node: process.version };
}
