import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import type { Config } from "./config.ts";
import { createLiveHub } from "./live/hub.ts";
import type { Parts } from "./parts.ts";
import { createAccounts } from "./people/accounts.ts";
import { createStore, openSqliteCatalog } from "./store/index.ts";

/** Opens the data folder and makes every part of the server; `close` ends them in the order that loses nothing. */
export async function openParts(
  config: Config,
  now: () => Date = () => new Date(),
): Promise<Parts & { close(): Promise<void> }> {
  await mkdir(config.dataDir, { recursive: true });
  const store = createStore(await openSqliteCatalog(join(config.dataDir, "catalog.sqlite")));
  const accounts = createAccounts({
    store,
    secret: config.secret,
    publicUrl: config.publicUrl,
    now,
  });
  const live = createLiveHub();
  return {
    config,
    version: packageJson.version,
    store,
    accounts,
    live,
    now,
    async close() {
      live.dispose();
      await store.close();
    },
  };
}
