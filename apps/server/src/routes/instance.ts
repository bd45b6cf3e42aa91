import { api } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import type { Parts } from "../parts.ts";
import type { Serve } from "./serve.ts";

export function serveInstance(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  serve(api.health, async () => ({
    status: "ok" as const,
    version: parts.version,
    engine: parts.segmenter.engine,
    setup: !(await parts.accounts.isSetUp()),
  }));
}
