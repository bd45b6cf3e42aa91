import { ApiError, CLOSE_CODES, type CloseCode } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import { isOwnOrigin } from "../plugins/security.ts";
import { identifySocket, lookUpProject } from "./socket-access.ts";

const HEARTBEAT_MS = 15_000;
const RECHECK_MS = 30_000;
/** Where the table of close codes speaks of an image. */
const SENTENCES: Partial<Record<CloseCode, string>> = {
  4403: "You do not take part in this project any more.",
  4404: "This project is no longer there.",
};

/** `/api/projects/:projectId/live`: what happens in a project, server to client; what a client sends is ignored. */
export function serveLiveSocket(app: FastifyInstance, parts: Parts): void {
  const { accounts, live, log } = parts;
  app.get<{ Params: { projectId: string } }>(
    "/api/projects/:projectId/live",
    {
      websocket: true,
      schema: { hide: true },
      onRequest: async (request) => {
        if (!isOwnOrigin(request, parts.config.publicUrl))
          throw new ApiError("foreign-origin", "The socket was opened by a page of another site.");
      },
    },
    (socket, request) => {
      const { projectId } = request.params;
      let userId: string | null = null;
      let unsubscribe: (() => void) | null = null;
      let open = true;

      const finish = (code: CloseCode): void =>
        socket.close(code, SENTENCES[code] ?? CLOSE_CODES[code].sentence);

      /** Subscribes at first; later it closes the socket when its person may look no longer. */
      const check = async (): Promise<void> => {
        const person = await identifySocket(parts, request);
        if (!open) return;
        if (person === null) return finish(4401);
        userId = person.id;
        const access = await lookUpProject(parts, person, projectId);
        if (!open) return;
        if (typeof access === "number") return finish(access);
        unsubscribe ??= live.subscribe(projectId, person.id, socket);
      };
      const checkSoon = (): void => {
        check().catch((error: unknown) => {
          log.error({ err: error }, "the rights of a live socket could not be checked");
          finish(4503);
        });
      };

      const stopListening = accounts.onForget((forgotten) => {
        if (forgotten === userId) checkSoon();
      });
      const recheck = setInterval(checkSoon, RECHECK_MS);
      // Keeps proxies from closing a quiet line.
      const heartbeat = setInterval(() => socket.ping(), HEARTBEAT_MS);
      socket.on("close", () => {
        open = false;
        unsubscribe?.();
        stopListening();
        clearInterval(recheck);
        clearInterval(heartbeat);
      });
      socket.on("error", () => socket.terminate());
      checkSoon();
    },
  );
}
