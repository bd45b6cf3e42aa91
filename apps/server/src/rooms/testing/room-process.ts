import { createRooms, createSqliteLog } from "../index.ts";
import { createRoomServer } from "./room-server.ts";

// A server for rooms as a process of its own, to be killed by tests: `node room-process.ts FILE PORT`. It prints the
// port once it listens. SIGTERM stops it in an orderly way.

const [file, port] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: node room-process.ts FILE [PORT]");

const rooms = await createRooms({
  log: createSqliteLog({ file }),
  imageSize: async () => ({ width: 640, height: 480 }),
  onError: (error) => console.error(error),
});
const server = await createRoomServer({ rooms, port: Number(port ?? 0) });
process.on("SIGTERM", () => {
  void rooms
    .close()
    .then(() => server.close())
    .then(() => process.exit(0));
});
console.log(server.port);
