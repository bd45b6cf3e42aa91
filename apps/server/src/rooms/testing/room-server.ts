import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { type Access, acceptSocket, type Refusal, type Rooms } from "../index.ts";

/** A real server for rooms alone: who one is and may do stands in the address (`?user=&role=`). Tests only. */
export type RoomServer = {
  readonly port: number;
  /** Changes what `authenticate` answers for a user from now on. */
  readonly setAccess: (userId: string, access: Partial<Access> | Refusal) => void;
  readonly close: () => Promise<void>;
};

export async function createRoomServer(options: {
  readonly rooms: Rooms;
  readonly port?: number;
  /** Waits before it says who somebody is. */
  readonly authenticating?: () => Promise<void>;
}): Promise<RoomServer> {
  const overrides = new Map<string, Partial<Access> | Refusal>();
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, maxPayload: 64 << 20 });
  sockets.on("connection", (socket, request) => {
    const url = new URL(request.url ?? "/", "ws://here");
    const userId = url.searchParams.get("user");
    acceptSocket(options.rooms, socket, {
      imageId: decodeURIComponent(url.pathname.slice(1)),
      line: request.socket,
      limnFrames: url.searchParams.get("limn") === "1",
      async authenticate() {
        await options.authenticating?.();
        if (userId === null) return { refused: 4401 };
        const access: Access = {
          userId,
          name: userId,
          color: "#888888",
          canWrite: url.searchParams.get("role") !== "viewer",
        };
        const override = overrides.get(userId);
        if (override !== undefined && "refused" in override) return override;
        return { ...access, ...override };
      },
    });
  });
  await new Promise<void>((resolve) => http.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    setAccess: (userId, access) => void overrides.set(userId, access),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
