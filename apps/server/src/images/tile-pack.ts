/*
 * All tiles of a picture in one file, so that a picture is one blob and not hundreds:
 * 8 bytes "limntile", 4 bytes length of the header (little-endian), the header as JSON, then the tiles one after
 * another, level by level, row by row.
 */

export interface PackHeader {
  readonly tileSize: number;
  readonly mediaType: string;
  readonly levels: readonly PackLevel[];
}

export interface PackLevel {
  readonly columns: number;
  readonly rows: number;
  /** Bytes of each tile, row by row. */
  readonly lengths: readonly number[];
}

const MAGIC = "limntile";
/** Magic and length. */
export const PREFIX_BYTES = 12;

export function encodePackHeader(header: PackHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.write(MAGIC, "latin1");
  prefix.writeUInt32LE(json.length, 8);
  return Buffer.concat([prefix, json]);
}

/** Length of the JSON that follows the prefix. @throws Error when the file is no pack. */
export function readPrefix(prefix: Buffer): number {
  if (prefix.length < PREFIX_BYTES || prefix.toString("latin1", 0, 8) !== MAGIC)
    throw new Error("The file is no tile pack.");
  return prefix.readUInt32LE(8);
}

/** Where each tile begins in the file: by level, then row by row. */
export function offsetsOf(header: PackHeader, headerBytes: number): number[][] {
  let at = headerBytes;
  return header.levels.map((level) =>
    level.lengths.map((length) => {
      const start = at;
      at += length;
      return start;
    }),
  );
}
