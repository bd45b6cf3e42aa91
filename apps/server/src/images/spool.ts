import { createHash, randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SNIFF_BYTES } from "./sniff.ts";

/** A file on its way in, lying in a work folder; whoever spooled it removes it. */
export interface SpooledFile {
  readonly path: string;
  readonly bytes: number;
  /** Of its content, hex. */
  readonly sha256: string;
  readonly head: Uint8Array;
  remove(): Promise<void>;
}

/**
 * Writes a stream to a file in `folder`, hashing it on the way. Null when it is longer than `limit`: the rest is then
 * read and dropped, so that what follows in the same request can still be read.
 */
export async function spoolFile(
  source: AsyncIterable<Uint8Array>,
  folder: string,
  limit: number,
): Promise<SpooledFile | null> {
  const path = join(folder, `in-${randomBytes(12).toString("hex")}`);
  const hash = createHash("sha256");
  let bytes = 0;
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit) continue;
      hash.update(chunk);
      yield chunk;
    }
  }
  const remove = (): Promise<void> => rm(path, { force: true });
  try {
    await pipeline(measured, createWriteStream(path, { flags: "wx" }));
    if (bytes > limit) {
      await remove();
      return null;
    }
    return { path, bytes, sha256: hash.digest("hex"), head: await readHead(path), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

export async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
