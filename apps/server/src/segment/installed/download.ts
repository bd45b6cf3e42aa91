import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { ModelRefusal } from "../model-refusal.ts";
import type { RemoteFile } from "./cards.ts";
import { formatBytes } from "./format-bytes.ts";

/** A server that says nothing for so long will not go on. */
const SILENCE_MS = 60_000;

export interface DownloadOptions {
  /** Bytes so far, and all that are expected where that is known. */
  readonly onProgress?: (done: number, all: number | null) => void;
  readonly silenceMs?: number;
}

/**
 * Fetches a file to `path` and makes sure that it is the one that was meant; gives its size.
 * @throws ModelRefusal when it is not, or cannot be had; what lies at `path` then is worthless
 */
export async function downloadFile(
  { url, bytes, sha256 }: RemoteFile,
  path: string,
  { onProgress, silenceMs = SILENCE_MS }: DownloadOptions = {},
): Promise<number> {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), silenceMs);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
  };
  let done = 0;
  try {
    const response = await reach(url, silence.signal);
    if (!response.ok || response.body === null)
      throw new ModelRefusal(
        `${url} answers ${response.status}: the file may have moved; download it by hand and give it instead.`,
      );
    const said = Number(response.headers.get("content-length") ?? NaN);
    const all = bytes ?? (Number.isFinite(said) && said > 0 ? said : null);
    const hash = createHash("sha256");
    async function* measured(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      for await (const chunk of body) {
        heard();
        done += chunk.length;
        if (bytes !== null && done > bytes)
          throw new ModelRefusal(
            `${url} is larger than the ${formatBytes(bytes)} of its card: nothing was kept.`,
          );
        hash.update(chunk);
        onProgress?.(done, all);
        yield chunk;
      }
    }
    try {
      await pipeline(measured(response.body), createWriteStream(path));
    } catch (error) {
      if (error instanceof ModelRefusal) throw error;
      const code = codeOf(error);
      if (code === "ENOSPC" || code === "EACCES" || code === "EROFS")
        throw new ModelRefusal(`${path} cannot be written (${code}).`, { cause: error });
      throw cutOff(url, done, all, error);
    }
    if (all !== null && done < all) throw cutOff(url, done, all);
    if (hash.digest("hex") !== sha256)
      throw new ModelRefusal(
        `${url} is not the file that its card names (its SHA-256 is another one): nothing was kept.`,
      );
    return done;
  } finally {
    clearTimeout(timer);
  }
}

async function reach(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal });
  } catch (error) {
    throw new ModelRefusal(
      `${new URL(url).host} cannot be reached (${codeOf(error)}): check the connection, or fetch the files elsewhere and give them: npm run models -- add ENCODER.onnx DECODER.onnx.`,
      { cause: error },
    );
  }
}

const cutOff = (url: string, done: number, all: number | null, cause?: unknown): ModelRefusal =>
  new ModelRefusal(
    `${url} was cut off after ${formatBytes(done)}${all === null ? "" : ` of ${formatBytes(all)}`}: nothing was kept, try again.`,
    { cause },
  );

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "AbortError") return "no answer";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.message : codeOf(error.cause);
}
