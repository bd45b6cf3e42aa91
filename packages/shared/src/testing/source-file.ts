import type { SourceFile } from "../formats/index.ts";

/** A file in memory, streamed in pieces of `pieceBytes`. */
export function sourceFile(
  path: string,
  content: string | Uint8Array,
  pieceBytes = 65_536,
): SourceFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    path,
    bytes: bytes.length,
    async *stream() {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        // A copy, as a reader must not count on a piece after the next one.
        yield await Promise.resolve(bytes.slice(at, at + pieceBytes));
      }
    },
    read: (start, end) => Promise.resolve(bytes.slice(start, end)),
  };
}
