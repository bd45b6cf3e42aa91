import { ApiError } from "@limn/shared/api";
import { z } from "zod";

/** Cursors are opaque to callers: base64url of a small JSON list. */
export function writeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString("base64url");
}

/** @throws ApiError when the text is not a cursor of `length` values. */
export function readCursor(text: string, length: number): (string | number)[] {
  try {
    return z
      .array(z.union([z.string(), z.number()]))
      .length(length)
      .parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch (error) {
    throw Object.assign(
      new ApiError(
        "invalid-request",
        "cursor: This is not a cursor that a list gave; start again without it.",
      ),
      { cause: error },
    );
  }
}
