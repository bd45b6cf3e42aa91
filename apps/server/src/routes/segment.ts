import { api } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import type { Serve } from "./serve.ts";

export function serveSegment(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  serve(api.segment, async ({ image, body, request }) => {
    // Who closes the connection does not wait any more.
    const gone = new AbortController();
    request.raw.on("close", () => {
      if (request.raw.destroyed && !request.raw.complete) gone.abort();
    });
    const { times: _times, ...reply } = await parts.segmenter.segment(image, {
      ...body,
      signal: gone.signal,
    });
    return reply;
  });
}
