import { api, type Reply, type Request, type Route } from "@limn/shared/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** Registers a handler for a route of the contract. */
function serve<R extends Route>(
  app: FastifyInstance,
  r: R,
  handler: (input: Request<R>, request: FastifyRequest) => Promise<Reply<R>>,
): void {
  app.route({
    method: r.method,
    url: r.path,
    schema: {
      ...(r.params ? { params: r.params } : {}),
      ...(r.query ? { querystring: r.query } : {}),
      ...(r.body ? { body: r.body } : {}),
      response: { 200: r.reply },
    },
    handler: (request) =>
      handler(
        {
          params: request.params,
          query: request.query,
          body: request.body,
        } as unknown as Request<R>,
        request,
      ),
  });
}

// eslint-disable-next-line typescript/require-await -- a Fastify plugin
export async function routes(app: FastifyInstance): Promise<void> {
  serve(app, api.health, async () => ({ ok: true, node: process.version }));
  serve(app, api.add, async ({ query }) => ({ sum: query.a + query.b }));
  serve(app, api.rename, async ({ params, body }) => ({ id: params.id, name: body.name }));

  app.get("/ws", { websocket: true }, (socket) => {
    socket.on("message", (data: Buffer, isBinary: boolean) =>
      socket.send(data, { binary: isBinary }),
    );
  });
}
