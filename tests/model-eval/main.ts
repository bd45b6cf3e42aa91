// `npm run model:eval`: clicks to quality of a predictor on a folder of pictures. See docs/spec/segment.md.
import { writeFile } from "node:fs/promises";
import { dataFolder } from "../../apps/server/src/config.ts";
import { learningTable, measureLearning } from "./adapt.ts";
import { evaluate } from "./evaluate.ts";
import { openLearner } from "./limn.ts";
import { readOptions, USAGE } from "./options.ts";
import { tableOf } from "./table.ts";
import { toJson, toMarkdown } from "./report.ts";

const args = process.argv.slice(2);
if (args.length === 0 || args.includes("--help")) {
  console.log(USAGE);
  process.exit(args.length === 0 ? 2 : 0);
}
try {
  if (args[0] === "--table") {
    console.log(await tableOf(args.slice(1)));
    process.exit(0);
  }
  const options = readOptions(args, dataFolder(process.env));
  if (options.learn !== undefined) {
    const { data, model, dataDir, learn, limit = 40, json } = options;
    const open = () => openLearner(model, dataDir);
    const rows = await measureLearning(data, open, learn, limit);
    console.log(learningTable(data, rows));
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ data, rows }, null, 1)}\n`);
    process.exit(0);
  }
  const report = await evaluate(options, {
    warn: (sentence) => console.error(sentence),
    progress: (done, all) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} `);
    },
  });
  if (process.stderr.isTTY) process.stderr.write("\r");
  console.log(toMarkdown(report));
  if (options.json !== undefined) await writeFile(options.json, toJson(report));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
