import { ApiError } from "@limn/shared/api";
import type { FastifyInstance, FastifyRequest } from "fastify";

/**
 * 'unsafe-inline' for styles only: the interface library sets style attributes. WebAssembly needs its own word.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self' data: blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const headers = {
  // Cross-origin isolation gives the page SharedArrayBuffer, so wasm threads.
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "content-security-policy": CONTENT_SECURITY_POLICY,
} as const;

export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook("onSend", async (_request, reply) => {
    for (const [name, value] of Object.entries(headers))
      if (!reply.hasHeader(name)) reply.header(name, value);
  });
}

/**
 * Refuses requests that another site made a browser send (CSRF). Browsers name the origin of every request that
 * changes something; programs name none, and cannot be made to send somebody's cookie.
 */
export function refuseForeignOrigins(app: FastifyInstance, publicUrl: string | null): void {
  app.addHook("onRequest", async (request) => {
    if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS")
      return;
    if (!isOwnOrigin(request, publicUrl))
      throw new ApiError(
        "foreign-origin",
        "The request came from a page of another site; behind a proxy, set PUBLIC_URL to the address that people use.",
      );
  });
}

/** Whether a request (or the start of a socket) comes from a page of ours, or from no page at all. */
export function isOwnOrigin(
  request: Pick<FastifyRequest, "headers" | "host">,
  publicUrl: string | null,
): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return request.headers["sec-fetch-site"] !== "cross-site";
  if (origin === publicUrl) return true;
  const host = URL.parse(origin)?.host;
  return host !== undefined && (host === request.host || host === request.headers.host);
}
