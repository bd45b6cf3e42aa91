import type { Config } from "./config.ts";
import type { LiveHub } from "./live/hub.ts";
import type { Accounts } from "./people/accounts.ts";
import type { Store } from "./store/index.ts";

/** Everything that routes work with; made by `openParts`, handed to `buildApp`. */
export interface Parts {
  readonly config: Config;
  readonly version: string;
  readonly store: Store;
  readonly accounts: Accounts;
  readonly live: LiveHub;
  readonly now: () => Date;
}
