import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CommittedEdit,
  createRooms,
  createSqliteLog,
  type RoomLog,
  type Rooms,
  type RoomsOptions,
} from "../index.ts";
import { type Client, type ClientOptions, createClient, createRawClient } from "./clients.ts";
import { createRoomServer, type RoomServer } from "./room-server.ts";

/** Rooms over a real SQLite log behind a real socket server, in a folder of their own. Tests only. */
export type RoomWorld = {
  readonly rooms: () => Rooms;
  readonly server: () => RoomServer;
  readonly file: string;
  readonly committed: CommittedEdit[];
  readonly errors: unknown[];
  readonly client: (
    room: string,
    user: string,
    more?: Partial<Omit<ClientOptions, "port" | "room" | "user">>,
  ) => Client;
  readonly raw: (
    room: string,
    user: string,
    more?: Partial<ClientOptions>,
  ) => ReturnType<typeof createRawClient>;
  /** Stops in an orderly way and starts again over the same file and port. */
  readonly restart: () => Promise<void>;
  readonly dispose: () => Promise<void>;
};

export type WorldOptions = Partial<Omit<RoomsOptions, "log">> & {
  /** Stands between the rooms and the real log. */
  readonly wrapLog?: (log: RoomLog) => RoomLog;
  readonly authenticating?: () => Promise<void>;
};

export async function createRoomWorld(options: WorldOptions = {}): Promise<RoomWorld> {
  const { wrapLog = (log: RoomLog): RoomLog => log, authenticating, ...roomOptions } = options;
  const folder = await mkdtemp(join(tmpdir(), "limn-rooms-"));
  const file = join(folder, "rooms.sqlite");
  const committed: CommittedEdit[] = [];
  const errors: unknown[] = [];
  const clients = new Set<Client>();

  const start = async (port: number): Promise<{ rooms: Rooms; server: RoomServer }> => {
    const rooms = await createRooms({
      imageSize: async () => ({ width: 640, height: 480 }),
      onCommitted: (edits) => void committed.push(...edits),
      onError: (error) => void errors.push(error),
      ...roomOptions,
      log: wrapLog(createSqliteLog({ file })),
    });
    const server = await createRoomServer({
      rooms,
      port,
      ...(authenticating === undefined ? {} : { authenticating }),
    });
    return { rooms, server };
  };
  let now = await start(0);
  const { port } = now.server;

  return {
    rooms: () => now.rooms,
    server: () => now.server,
    file,
    committed,
    errors,
    client(room, user, more = {}) {
      const client = createClient({ port, room, user, ...more });
      clients.add(client);
      return client;
    },
    raw: (room, user, more = {}) => createRawClient({ port, room, user, ...more }),
    async restart() {
      await now.rooms.close();
      await now.server.close();
      now = await start(port);
    },
    async dispose() {
      for (const client of clients) client.dispose();
      await now.rooms.close();
      await now.server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
