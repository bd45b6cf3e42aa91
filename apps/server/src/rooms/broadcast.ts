/**
 * The messages of one commit, made once for everybody in the room: a WebSocket frame from server to client is not masked,
 * so its bytes on the line are the same for all (RFC 6455, section 5.2). Handing each to `ws` for each reader
 * would cost more than everything else a reader costs.
 */
export type Broadcast = {
  /**
   * Bytes for the line, in pieces between which a reader that falls behind can be found out; `except` are the indices of
   * messages, rising, that the receiver wrote itself.
   */
  readonly pieces: (except: readonly number[]) => readonly Uint8Array[];
};

/** A piece ends with the message that makes it as large as this. */
const PIECE_BYTES = 256 << 10;

/** A whole binary message in one frame. */
const FINAL_BINARY = 0x82;

/** @param messages one for each entry of the commit */
export function createBroadcast(messages: readonly Uint8Array[]): Broadcast {
  const starts: number[] = [];
  const parts: Uint8Array[] = [];
  let size = 0;
  for (const message of messages) {
    const header = frameHeader(message.length);
    starts.push(size);
    parts.push(header, message);
    size += header.length + message.length;
  }
  starts.push(size);
  const bytes = Buffer.concat(parts, size);

  return {
    pieces(except) {
      const pieces: Uint8Array[] = [];
      let from = 0;
      const add = (to: number): void => {
        const start = starts[from] ?? size;
        const end = starts[to] ?? size;
        if (end > start) pieces.push(bytes.subarray(start, end));
        from = to;
      };
      for (let index = 0, skipped = 0; index < messages.length; index++) {
        if (except[skipped] === index) {
          add(index);
          from = index + 1;
          skipped++;
        } else if ((starts[index + 1] ?? size) - (starts[from] ?? size) >= PIECE_BYTES) {
          add(index + 1);
        }
      }
      add(messages.length);
      return pieces;
    },
  };
}

function frameHeader(length: number): Uint8Array {
  if (length < 126) return Uint8Array.of(FINAL_BINARY, length);
  if (length < 1 << 16) return Uint8Array.of(FINAL_BINARY, 126, length >> 8, length & 255);
  const header = Buffer.alloc(10);
  header[0] = FINAL_BINARY;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
