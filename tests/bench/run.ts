// `npm run bench -- NAME [options] [--out FILE]`: a table on the screen, the figures as JSON in FILE. Figures are for
// comparison within one run on one machine; nothing here passes or fails.
import { appendFileSync } from "node:fs";

type Bench = { readonly run: (args: readonly string[]) => Promise<unknown> };

const benches: Readonly<Record<string, { about: string; load: () => Promise<Bench> }>> = {
  rooms: {
    about: "live documents: load, crash and join, beside Hocuspocus with SQLite",
    load: () => import("./rooms/bench.ts"),
  },
  workspace: {
    about: "opening, panning and brushing in a browser, beside an empty image",
    load: () => import("./workspace/bench.ts"),
  },
  segment: {
    about: "box to mask on screen, on the processor in the browser and on the server",
    load: () => import("./segment/bench.ts"),
  },
};

const [name = "", ...rest] = process.argv.slice(2);
const bench = benches[name];
if (bench === undefined) {
  console.log("npm run bench -- NAME [options] [--out FILE]\n");
  for (const [known, { about }] of Object.entries(benches)) console.log(`  ${known}  ${about}`);
  process.exit(name === "" || name === "--help" ? 0 : 2);
}
const outAt = rest.indexOf("--out");
const out = outAt === -1 ? undefined : rest[outAt + 1];
const args = outAt === -1 ? rest : [...rest.slice(0, outAt), ...rest.slice(outAt + 2)];
const figures = await (await bench.load()).run(args);
if (out !== undefined) appendFileSync(out, `${JSON.stringify(figures)}\n`);
process.exit(0);
