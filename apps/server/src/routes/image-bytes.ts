import type { Readable } from "node:stream";
import { ApiError } from "@limn/shared/api";
import type { FastifyReply, FastifyRequest } from "fastify";

interface Bytes {
  readonly stream: Readable | null;
  readonly mediaType: string;
  /** Names the content: equal tags are equal bytes. */
  readonly tag: string;
  /** The address never gives other bytes, so that browsers need not ask again. */
  readonly immutable: boolean;
}

/** Answers with a file, or with 304 when the browser has it. `private`: shared caches know nothing of rights. */
export function sendBytes(
  request: FastifyRequest,
  reply: FastifyReply,
  { stream, mediaType, tag, immutable }: Bytes,
): FastifyReply {
  if (stream === null)
    throw new ApiError("not-found", "The file is missing on the server: tell whoever runs it.");
  const etag = `"${tag}"`;
  reply
    .header("etag", etag)
    .header(
      "cache-control",
      immutable ? "private, max-age=31536000, immutable" : "private, no-cache",
    );
  const had = request.headers["if-none-match"] ?? "";
  if (had.split(",").some((one) => one.trim().replace(/^W\//, "") === etag)) {
    stream.destroy();
    return reply.code(304).send();
  }
  return reply.type(mediaType).send(stream);
}

/** RFC 6266: a plain name for old programs, the true one beside it. */
export function attachment(name: string): string {
  const file = name.split("/").at(-1) ?? "file";
  const plain = file.replaceAll(/[^\x20-\x7e]|["\\%]/g, "_");
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(file)}`;
}
