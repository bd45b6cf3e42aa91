import { Readable } from "node:stream";
import type { TargetFile } from "@limn/shared/formats";
import { ZipFile } from "yazl";

/** A file as it is, such as a picture; null: it is gone, and left out. */
export interface PackedFile {
  readonly path: string;
  open(): Promise<Readable>;
}

/** Text files first, then the others, in their order, each opened when its turn comes. */
export async function* packArchive(
  texts: Iterable<TargetFile>,
  files: Iterable<PackedFile>,
): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  // An entry that cannot be read ends the archive: half a picture must not pass for one.
  const fail = (error: unknown): void => {
    output.destroy(error instanceof Error ? error : new Error(String(error)));
  };
  zip.on("error", fail);
  /** yazl itself does not look at the errors of what it is given, nor close it when the archive is given up. */
  const watch = (stream: Readable): Readable => {
    const stop = (): void => void stream.destroy();
    output.once("close", stop);
    return stream.once("error", fail).once("close", () => output.off("close", stop));
  };
  for (const text of texts)
    zip.addReadStreamLazy(text.path, { compress: true }, (give) => {
      give(null, watch(Readable.from(encodeText(text.content()))));
    });
  for (const file of files)
    // Pictures are packed already.
    zip.addReadStreamLazy(file.path, { compress: false }, (give) => {
      file.open().then((stream) => give(null, watch(stream)), fail);
    });
  zip.end();
  try {
    yield* output as AsyncIterable<Uint8Array>;
  } finally {
    output.destroy();
  }
}

const ENOUGH_BYTES = 65_536;

/** UTF-8 in pieces worth a write. */
export async function* encodeText(pieces: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  let waiting = "";
  for await (const piece of pieces) {
    waiting += piece;
    if (waiting.length < ENOUGH_BYTES) continue;
    yield Buffer.from(waiting);
    waiting = "";
  }
  if (waiting !== "") yield Buffer.from(waiting);
}
