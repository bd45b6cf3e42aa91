import { ApiError, ERRORS, type ErrorCode, type Problem } from "@limn/shared/api";
import type { FastifyError, FastifyInstance, FastifyReply } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { LogError, NoSuchImageError } from "../rooms/index.ts";

/** Every error answer of the server is made here, as RFC 9457 problem details from the one table of codes. */
export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { code, detail } = explain(error);
    const level = levelOf(error, code, request.socket.destroyed);
    // Of a refusal the sentence says all; only a fault has a place in the code.
    if (level === "error") request.log.error({ err: error }, "a request failed");
    else request.log[level]({ code, detail }, "a request was refused");
    return sendProblem(reply, code, detail);
  });
}

/** An overload that was told in a sentence is no fault, nor is a sender who hangs up; what has a cause is one. */
function levelOf(error: Error, code: ErrorCode, isGone: boolean): "error" | "warn" | "debug" {
  if (isGone && "code" in error && error.code === "ECONNRESET") return "debug";
  if (ERRORS[code].status < 500) return "debug";
  return error instanceof ApiError && error.cause === undefined ? "warn" : "error";
}

export function sendProblem(reply: FastifyReply, code: ErrorCode, detail: string): FastifyReply {
  const { status, title } = ERRORS[code];
  const body: Problem = { type: `urn:limn:problem:${code}`, title, status, detail, code };
  // As text: a route's own schemas describe its answers, not its refusals.
  return reply.code(status).type("application/problem+json").send(JSON.stringify(body));
}

type Refusal = { readonly code: ErrorCode; readonly detail: string };

/** What an error says to the person who caused it, or met it. */
export function explain(error: FastifyError | Error): Refusal {
  if (error instanceof ApiError) return { code: error.code, detail: error.message };
  if (error instanceof NoSuchImageError)
    return { code: "not-found", detail: "There is no such image; it may have been deleted." };
  if (hasZodFastifySchemaValidationErrors(error)) return explainValidation(error.validation);
  const known = "code" in error ? fastifyRefusals[error.code] : undefined;
  if (known !== undefined) return known;
  if (MULTIPART_FAULTS.test(error.message))
    return {
      code: "malformed-body",
      detail: "The files did not arrive whole, or not as multipart/form-data: send them again.",
    };
  if (error instanceof LogError || isStorageFailure(error))
    return {
      code: "storage-failed",
      detail:
        "The server cannot write to its disk (it may be full): this was not stored; try again when that is mended.",
    };
  if ("statusCode" in error && error.statusCode === 400)
    return { code: "invalid-request", detail: `The request was not understood: ${error.message}.` };
  return {
    code: "internal-error",
    detail: "Something went wrong on the server, and its log says what; trying again is safe.",
  };
}

function explainValidation(
  issues: readonly { instancePath: string; message?: string | undefined }[],
): Refusal {
  const [first] = issues;
  const field = first?.instancePath.replace(/^\//, "").replaceAll("/", ".") ?? "";
  const text = first?.message ?? "It does not have the form that the API describes.";
  return { code: "invalid-request", detail: field === "" ? text : `${field}: ${text}` };
}

/** How the parser of uploads (busboy) says that a body is cut off or no multipart at all; it gives no codes. */
const MULTIPART_FAULTS =
  /^(Multipart: |Unexpected end of (multipart|file)|Part terminated early|Malformed part header)/;

const TOO_MANY_PARTS: Refusal = {
  code: "too-large",
  detail: "There are too many files or fields in one request: send them in several.",
};

const fastifyRefusals: Readonly<Record<string, Refusal>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    code: "malformed-body",
    detail: "The request has no body: send JSON.",
  },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: "malformed-body", detail: "The body is not valid JSON." },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: "malformed-body",
    detail: "The body is not as long as its Content-Length says.",
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "unsupported-media",
    detail: "Send the body as application/json, or as the API describes.",
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: "too-large",
    detail: "The body is larger than the server takes: send it in smaller parts.",
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    code: "unsupported-media",
    detail: "Send the files as multipart/form-data.",
  },
  FST_PARTS_LIMIT: TOO_MANY_PARTS,
  FST_FILES_LIMIT: TOO_MANY_PARTS,
  FST_FIELDS_LIMIT: TOO_MANY_PARTS,
};

/** Disk full, disk gone, read-only: as node:fs and node:sqlite say it. */
function isStorageFailure(error: Error): boolean {
  if ("code" in error && ["ENOSPC", "EDQUOT", "EROFS", "EIO"].includes(String(error.code)))
    return true;
  // SQLITE_FULL 13, SQLITE_IOERR 10, SQLITE_READONLY 8; extended codes keep the primary one in the low byte.
  return (
    "errcode" in error &&
    typeof error.errcode === "number" &&
    [8, 10, 13].includes(error.errcode & 0xff)
  );
}
