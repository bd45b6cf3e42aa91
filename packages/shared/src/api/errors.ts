import { z } from "zod";

/** Every refusal that the API knows: code -> status and title. The detail is a sentence made where it happens. */
export const ERRORS = {
  "invalid-request": { status: 400, title: "The request is not valid" },
  "malformed-body": { status: 400, title: "The body could not be read" },
  "not-signed-in": { status: 401, title: "You are not signed in" },
  "wrong-credentials": { status: 401, title: "The e-mail or the password is wrong" },
  forbidden: { status: 403, title: "You may not do this" },
  "foreign-origin": { status: 403, title: "The request came from another site" },
  "not-found": { status: 404, title: "There is no such thing" },
  "already-set-up": { status: 409, title: "The owner's account was made already" },
  "already-exists": { status: 409, title: "This exists already" },
  conflict: { status: 409, title: "The request does not fit the present state" },
  gone: { status: 410, title: "This is no longer valid" },
  "too-large": { status: 413, title: "This is too large" },
  "unsupported-media": { status: 415, title: "This kind of file is not supported" },
  "unknown-class": { status: 422, title: "There is no such class in this project" },
  unprocessable: { status: 422, title: "The request cannot be carried out" },
  "too-many-requests": { status: 429, title: "Too many attempts" },
  "internal-error": { status: 500, title: "Something went wrong on the server" },
  "storage-failed": { status: 503, title: "The server cannot store anything now" },
  unavailable: { status: 503, title: "This is not available now" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** RFC 9457 problem details, as `application/problem+json`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
});
export type Problem = z.infer<typeof problem>;

/** An expected refusal, turned into a problem body or a close code in one place each. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  constructor(code: ErrorCode, detail: string) {
    super(detail);
    this.name = "ApiError";
    this.code = code;
    this.status = ERRORS[code].status;
  }
}
