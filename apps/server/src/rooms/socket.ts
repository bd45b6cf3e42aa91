/**
 * What a session needs of a WebSocket; a `ws` socket fits as it is, and so does what @fastify/websocket hands out.
 * Its `maxPayload` must be larger than the frame limit (64 MiB): `ws` itself closes with 1009, which y-websocket would
 * retry for ever.
 */
export type RoomSocket = {
  /** 1 while messages can be sent, as in the browser's class. */
  readonly readyState: number;
  /** Bytes that were sent and have not left the process. */
  readonly bufferedAmount: number;
  send(frame: Uint8Array): void;
  close(code: number, reason: string): void;
  /** Cuts the line without a close frame. */
  terminate(): void;
  ping(): void;
  /** Stops reading; what has been read already may still arrive. */
  pause(): void;
  resume(): void;
  on(event: "message", listener: (data: RawFrame, isBinary: boolean) => void): unknown;
  on(event: "close", listener: () => void): unknown;
  on(event: "pong", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
};

/** `readyState` of a socket that is open. */
export const OPEN = 1;

/**
 * The TCP or TLS socket under a WebSocket. Whole frames are written to it between those of `ws`, so the server must not
 * negotiate compression (it does not unless told to); what is written while it is corked leaves in one system call.
 */
export type RoomLine = { cork(): void; uncork(): void; write(frames: Uint8Array): unknown };

/** As `ws` hands frames over. */
export type RawFrame = Buffer | ArrayBuffer | Buffer[];

export function toBytes(data: RawFrame): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
