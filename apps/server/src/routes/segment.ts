import { api, ApiError } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import type { Serve } from "./serve.ts";

export function serveSegment(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  serve(api.segment, async ({ image, body, reply }) => {
    // Who closes the connection does not wait any more. The request's own "close" tells only that all of it has come.
    const gone = new AbortController();
    reply.raw.on("close", () => {
      if (!reply.raw.writableFinished) gone.abort();
    });
    try {
      const { times: _times, ...answer } = await parts.segmenter.segment(image, {
        ...body,
        signal: gone.signal,
      });
      return answer;
    } catch (error) {
      // Nobody reads it, and nothing has failed.
      if (gone.signal.aborted) throw new ApiError("gone", "The connection was closed.");
      throw error;
    }
  });
}
