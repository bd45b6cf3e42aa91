// `npm run models`: the models beside the default one, see docs/models.md.
import { dataFolder } from "../../config.ts";
import { readPinnedCards } from "../installed/cards.ts";
import { ModelRefusal } from "../model-refusal.ts";
import { modelsCommand, USAGE } from "./models-command.ts";

const args = process.argv.slice(2);
if (args.length === 0 || args.includes("--help")) {
  console.log(USAGE);
  process.exit(args.length === 0 ? 2 : 0);
}
const screen = process.stderr;
let shown = false;
function clear(): void {
  if (shown) screen.write("\r\u001b[K");
  shown = false;
}
try {
  await modelsCommand(args, {
    dataDir: dataFolder(process.env),
    pinned: await readPinnedCards(),
    print(line) {
      clear();
      console.log(line);
    },
    show(line) {
      if (!screen.isTTY) return;
      clear();
      screen.write(line);
      shown = true;
    },
  });
} catch (error) {
  clear();
  console.error(error instanceof ModelRefusal ? error.message : error);
  process.exit(1);
}
