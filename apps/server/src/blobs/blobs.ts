import type { Readable } from "node:stream";

/** The first and the last byte wanted, both included. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Files by key: originals (named by the SHA-256 of their content) and what is made from them. A key holds the whole
 * file or nothing; what was put is on disk when the promise resolves. Keys are words of `[a-z0-9._-]` joined by `/`.
 */
export interface BlobStore {
  /** Writes a new file, or the same key again. */
  put(key: string, source: AsyncIterable<Uint8Array> | Uint8Array): Promise<void>;
  /** Takes over a local file, which is gone from its place afterwards. */
  adopt(key: string, path: string): Promise<void>;
  /** Null when there is no such key. */
  get(key: string, range?: ByteRange): Promise<Readable | null>;
  /** Size in bytes; null when there is no such key. */
  size(key: string): Promise<number | null>;
  /** A path at which the content can be read until `release` is called; null when there is no such key. */
  asFile(key: string): Promise<{ readonly path: string; release(): Promise<void> } | null>;
  /** The next words below a key, in no order: `jobs` may give `["a1", "b2"]`. */
  list(key: string): Promise<string[]>;
  /** Removes a key, or all keys below it; nothing happens when there are none. */
  delete(key: string): Promise<void>;
}

/** @throws Error when a key could name something outside the store: keys are made by the server, so it is a bug. */
export function checkKey(key: string): void {
  const words = key.split("/");
  if (words.length > 8 || words.some((word) => !/^[a-z0-9_-][a-z0-9._-]{0,99}$/i.test(word)))
    throw new Error(`"${key}" is not a key.`);
}
