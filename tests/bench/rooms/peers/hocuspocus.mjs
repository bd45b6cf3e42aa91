// The peer: Hocuspocus with its SQLite store. @hocuspocus/extension-sqlite needs a compiled driver, so this is that
// extension (its schema, its two queries, its defaults) over Node's own SQLite. Environment: PORT, FILE.
import { DatabaseSync } from "node:sqlite";
import { Database } from "@hocuspocus/extension-database";
import { Server } from "@hocuspocus/server";

const db = new DatabaseSync(process.env.FILE);
db.exec(
  `create table if not exists "documents" ("name" varchar(255) not null, "data" blob not null, unique(name))`,
);
const select = db.prepare(`select data from "documents" where name = $name order by rowid desc`);
const upsert = db.prepare(
  `insert into "documents" ("name", "data") values ($name, $data) on conflict(name) do update set data = $data`,
);

const server = new Server({
  port: Number(process.env.PORT),
  address: "127.0.0.1",
  quiet: true,
  extensions: [
    new Database({
      fetch: async ({ documentName }) => select.get({ name: documentName })?.data ?? null,
      store: async ({ documentName, state }) => {
        upsert.run({ name: documentName, data: state });
      },
    }),
  ],
});
await server.listen();
