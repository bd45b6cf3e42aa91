/**
 * The bytes of a room's socket: the y-websocket protocol (types 0, 1, 3 as in y-protocols) and our own frames 100-102,
 * which go only to clients that asked for them. lib0 varints; one message per frame.
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";

const SYNC = 0;
const PRESENCE = 1;
const QUERY_PRESENCE = 3;
const RECEIPT = 100;
const EVENT = 101;
const HELLO = 102;

const STEP_1 = 0;
const STEP_2 = 1;
const UPDATE = 2;

/** Unmodified clients echo the states of all people on an image; more than that is nobody's need. */
const MOST_PRESENCE_ENTRIES = 1_000;

/** One state of the presence protocol; `json` "null" says that the client has left. */
export type PresenceEntry = {
  readonly clientId: number;
  readonly clock: number;
  readonly json: string;
};

export type ClientMessage =
  /** What does the server have beyond this state vector? */
  | { readonly type: "state-vector"; readonly stateVector: Uint8Array }
  /** An edit, or (`answer`) all that the server's state vector lacked. The bytes are a view into the frame. */
  | { readonly type: "update"; readonly update: Uint8Array; readonly answer: boolean }
  | { readonly type: "presence"; readonly entries: readonly PresenceEntry[] }
  | { readonly type: "query-presence" };

/** The frame is not one of the protocol; a sentence for the log and the refusal. */
export class ProtocolError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ProtocolError";
  }
}

/** @throws ProtocolError for whatever is not a well-formed message, never anything else. */
export function decodeMessage(frame: Uint8Array): ClientMessage {
  try {
    return readMessage(createDecoder(frame));
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    throw new ProtocolError("the frame ends too early or holds a number that is too large");
  }
}

function createDecoder(bytes: Uint8Array): decoding.Decoder {
  // Frames come off a socket, never out of shared memory, which is all that lib0's type excludes.
  return decoding.createDecoder(bytes as Uint8Array<ArrayBuffer>);
}

function readMessage(decoder: decoding.Decoder): ClientMessage {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case SYNC:
      return readSync(decoder);
    case PRESENCE:
      return { type: "presence", entries: readPresence(decoding.readVarUint8Array(decoder)) };
    case QUERY_PRESENCE:
      return { type: "query-presence" };
    default:
      throw new ProtocolError(`there is no message of type ${type}`);
  }
}

function readSync(decoder: decoding.Decoder): ClientMessage {
  const step = decoding.readVarUint(decoder);
  const bytes = decoding.readVarUint8Array(decoder);
  switch (step) {
    case STEP_1:
      return { type: "state-vector", stateVector: bytes };
    case STEP_2:
      return { type: "update", update: bytes, answer: true };
    case UPDATE:
      return { type: "update", update: bytes, answer: false };
    default:
      throw new ProtocolError(`there is no sync message of type ${step}`);
  }
}

function readPresence(bytes: Uint8Array): PresenceEntry[] {
  const decoder = createDecoder(bytes);
  const entries: PresenceEntry[] = [];
  const count = decoding.readVarUint(decoder);
  if (count > MOST_PRESENCE_ENTRIES) throw new ProtocolError(`${count} states in one frame`);
  for (let left = count; left > 0; left--) {
    const clientId = decoding.readVarUint(decoder);
    const clock = decoding.readVarUint(decoder);
    entries.push({ clientId, clock, json: decoding.readVarString(decoder) });
  }
  return entries;
}

/** Asks the client for all that this state vector lacks. */
export function encodeStateVector(stateVector: Uint8Array): Uint8Array {
  return encodeSync(STEP_1, stateVector);
}

/** The answer to a client's state vector; a provider calls itself synced after it. */
export function encodeAnswer(update: Uint8Array): Uint8Array {
  return encodeSync(STEP_2, update);
}

export function encodeUpdate(update: Uint8Array): Uint8Array {
  return encodeSync(UPDATE, update);
}

/** By hand, because every edit passes here: Buffer's pool costs a fraction of an encoder of its own. */
function encodeSync(step: number, bytes: Uint8Array): Uint8Array {
  const head = [SYNC, step, ...varUint(bytes.length)];
  const frame = Buffer.allocUnsafe(head.length + bytes.length);
  frame.set(head);
  frame.set(bytes, head.length);
  return frame;
}

function varUint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return bytes;
}

/** No entries are allowed: such a frame only keeps y-websocket's 30 s watchdog quiet. */
export function encodePresence(entries: readonly PresenceEntry[]): Uint8Array {
  const list = encoding.createEncoder();
  encoding.writeVarUint(list, entries.length);
  for (const entry of entries) {
    encoding.writeVarUint(list, entry.clientId);
    encoding.writeVarUint(list, entry.clock);
    encoding.writeVarString(list, entry.json);
  }
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, PRESENCE);
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(list));
  return encoding.toUint8Array(encoder);
}

/**
 * The first `frames` update-bearing frames of this connection are on disk or changed nothing.
 * @param seq the room's log position
 */
export function encodeSaved(frames: number, seq: number): Uint8Array {
  return Buffer.from([RECEIPT, 0, ...varUint(frames), ...varUint(seq)]);
}

/** Frame number `frame` was not applied; a close with the same code follows. */
export function encodeRefused(frame: number, code: number, sentence: string): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, RECEIPT);
  encoding.writeVarUint(encoder, 1);
  encoding.writeVarUint(encoder, frame);
  encoding.writeVarUint(encoder, code);
  encoding.writeVarString(encoder, sentence);
  return encoding.toUint8Array(encoder);
}

/** Something happened that is not in the document; `write` is what the receiver may do now. */
export type RoomEvent = { readonly type: "rights"; readonly write: boolean };

export function encodeEvent(event: RoomEvent): Uint8Array {
  return encodeJson(EVENT, event);
}

/** The first frame for a client that asked: the log position, and whether it may write. */
export type Hello = { readonly seq: number; readonly write: boolean };

export function encodeHello(hello: Hello): Uint8Array {
  return encodeJson(HELLO, hello);
}

function encodeJson(type: number, value: RoomEvent | Hello): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, type);
  encoding.writeVarString(encoder, JSON.stringify(value));
  return encoding.toUint8Array(encoder);
}
