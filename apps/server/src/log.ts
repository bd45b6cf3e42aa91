import { pino, type Logger } from "pino";
import type { Config } from "./config.ts";

/**
 * Structured logs without personal data: no addresses of people, no names, no e-mails, no secrets in URLs.
 * Single requests are logged at debug.
 */
export function createLog(level: Config["logLevel"]): Logger {
  return pino({
    level,
    base: null,
    serializers: {
      req: (request: { method: string; url: string }) => ({
        method: request.method,
        url: redactUrl(request.url),
      }),
      res: (reply: { statusCode: number }) => ({ statusCode: reply.statusCode }),
      err: pino.stdSerializers.err,
    },
  });
}

/** Tokens in the query, invitation secrets in the path, and whatever was searched for. */
export function redactUrl(url: string): string {
  return url
    .replace(/([?&](?:token|q)=)[^&#]*/g, "$1[redacted]")
    .replace(/(\/(?:api\/invitations|invite)\/)[^/?#]+/g, "$1[redacted]");
}
