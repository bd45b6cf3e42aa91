export type RasterErrorCode = "bad-rle" | "bad-size";

/** Input that is no mask. The message is one sentence for people. */
export class RasterError extends Error {
  readonly code: RasterErrorCode;
  constructor(code: RasterErrorCode, message: string) {
    super(message);
    this.name = "RasterError";
    this.code = code;
  }
}
