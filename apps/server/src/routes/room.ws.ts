import { ApiError } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import { isOwnOrigin } from "../plugins/security.ts";
import { acceptSocket } from "../rooms/index.ts";
import { authorizeRoom } from "./socket-access.ts";

/** `/api/rooms/:imageId`: the live document of an image, as y-websocket speaks; `?limn=1` adds our own frames. */
export function serveRoomSocket(app: FastifyInstance, parts: Parts): void {
  app.get<{ Params: { imageId: string }; Querystring: { limn?: string } }>(
    "/api/rooms/:imageId",
    {
      websocket: true,
      schema: { hide: true },
      onRequest: async (request) => {
        if (!isOwnOrigin(request, parts.config.publicUrl))
          throw new ApiError("foreign-origin", "The socket was opened by a page of another site.");
      },
    },
    (socket, request) => {
      const { imageId } = request.params;
      acceptSocket(parts.rooms, socket, {
        imageId,
        line: request.socket,
        limnFrames: request.query.limn === "1",
        authenticate: () => authorizeRoom(parts, request, imageId),
      });
    },
  );
}
