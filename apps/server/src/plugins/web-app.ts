import { existsSync } from "node:fs";
import { join } from "node:path";
import staticFiles from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { sendProblem } from "./problems.ts";

/**
 * The built web app: hashed assets are kept by browsers for ever, everything else is asked for anew each time; any
 * address that is not the API's and not a file is the app's own (its router shows what is there).
 */
export async function serveWebApp(app: FastifyInstance, root: string): Promise<void> {
  const built = existsSync(join(root, "index.html"));
  if (built)
    await app.register(staticFiles, {
      root,
      preCompressed: true,
      // Otherwise a file that is missing below /assets/ would be answered with the app's page.
      wildcard: true,
      setHeaders(reply, path) {
        reply.header(
          "cache-control",
          path.includes("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
        );
      },
    });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const isPage =
      (request.method === "GET" || request.method === "HEAD") &&
      !path.startsWith("/api/") &&
      !path.startsWith("/assets/") &&
      (request.headers.accept ?? "*/*").match(/text\/html|\*\/\*/) !== null &&
      !/\.[a-z0-9]{2,5}$/i.test(path);
    if (!isPage)
      return sendProblem(reply, "not-found", `There is nothing at ${request.method} ${path}.`);
    if (!built)
      return sendProblem(
        reply,
        "unavailable",
        "The web app has not been built: run `npm run build`, or start with `npm start`.",
      );
    // Not returned: whoever waits for a reply listens to its end once more, which Node takes for a leak from eleven times on.
    reply.sendFile("index.html");
    return undefined;
  });
}
