/** Largest number a varint may carry: beyond it JavaScript numbers are no longer exact integers. */
const MAX_VALUE = Number.MAX_SAFE_INTEGER;

export interface ByteWriter {
  /** Appends an unsigned integer, seven bits a byte, low bits first. */
  writeUnsigned(value: number): void;
  /** Appends a signed integer in zigzag form (0, -1, 1, -2, ... become 0, 1, 2, 3, ...). */
  writeSigned(value: number): void;
  writeBytes(bytes: Uint8Array): void;
  length(): number;
  finish(): Uint8Array;
}

export function createByteWriter(capacity = 64): ByteWriter {
  let buffer = new Uint8Array(capacity);
  let length = 0;
  const reserve = (extra: number): void => {
    if (length + extra <= buffer.length) return;
    const grown = new Uint8Array(Math.max(buffer.length * 2, length + extra));
    grown.set(buffer);
    buffer = grown;
  };
  const writeUnsigned = (value: number): void => {
    reserve(8);
    let rest = value;
    while (rest > 127) {
      buffer[length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    buffer[length++] = rest;
  };
  return {
    writeUnsigned,
    writeSigned: (value) => writeUnsigned(value >= 0 ? value * 2 : -value * 2 - 1),
    writeBytes: (bytes) => {
      reserve(bytes.length);
      buffer.set(bytes, length);
      length += bytes.length;
    },
    length: () => length,
    finish: () => buffer.slice(0, length),
  };
}

export interface ByteReader {
  /** Throws RangeError at the end of the bytes or for a number that is not exact. */
  readUnsigned(): number;
  readSigned(): number;
  position(): number;
  seek(position: number): void;
  atEnd(): boolean;
}

export function createByteReader(bytes: Uint8Array, start = 0): ByteReader {
  let at = start;
  const readUnsigned = (): number => {
    let value = 0;
    let unit = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("the bytes end in the middle of a number");
      value += (byte & 127) * unit;
      if (value > MAX_VALUE || unit > 2 ** 49) throw new RangeError("a number is too large");
      if (byte < 128) return value;
      unit *= 128;
    }
  };
  return {
    readUnsigned,
    readSigned: () => {
      const value = readUnsigned();
      return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    },
    position: () => at,
    seek: (position) => {
      at = position;
    },
    atEnd: () => at >= bytes.length,
  };
}
