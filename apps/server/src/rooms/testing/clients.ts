import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

// Clients for tests: unmodified y-websocket providers over real sockets, and raw sockets for what no provider does.

// Every provider listens for the end of the process; a test may well have more than Node's ten.
process.setMaxListeners(100);

/** Counts the frames that the server acknowledges: sync messages 1 and 2. */
class CountingWebSocket extends WebSocket {
  frames = 0;
  override send(data: Uint8Array): void {
    if (data[0] === 0 && (data[1] === 1 || data[1] === 2)) this.frames++;
    super.send(data);
  }
}

export type Client = {
  readonly doc: Y.Doc;
  readonly provider: WebsocketProvider;
  /** A close code that the provider took as final. */
  readonly closed: () => number | undefined;
  /** Every close code seen. */
  readonly closes: readonly number[];
  readonly refused: () => { code: number; sentence: string } | undefined;
  /** All of it is on the server's disk, as a badge would say it. */
  readonly saved: () => boolean;
  readonly acknowledged: () => number;
  readonly hello: () => { seq: number; write: boolean } | undefined;
  readonly events: readonly unknown[];
  readonly set: (root: string, key: string, value: unknown) => void;
  readonly get: (root: string, key: string) => unknown;
  readonly size: (root: string) => number;
  readonly dispose: () => void;
};

export type ClientOptions = {
  readonly port: number;
  readonly room: string;
  readonly user: string;
  readonly role?: "labeler" | "viewer";
  readonly doc?: Y.Doc;
  /** Whether it asks for frames 100-102. */
  readonly limn?: boolean;
  /** For the whole server, which believes no names in an address. */
  readonly token?: string;
};

export function createClient(options: ClientOptions): Client {
  const doc = options.doc ?? new Y.Doc();
  const limn = options.limn ?? true;
  const params: Record<string, string> = { user: options.user, role: options.role ?? "labeler" };
  if (limn) params["limn"] = "1";
  if (options.token !== undefined) params["token"] = options.token;
  const provider = new WebsocketProvider(`ws://127.0.0.1:${options.port}`, options.room, doc, {
    // The provider's type asks for the browser's class; `ws` has all that it uses.
    WebSocketPolyfill: CountingWebSocket as unknown as typeof globalThis.WebSocket,
    disableBc: true,
    maxBackoffTime: 300,
    params,
  });
  const closes: number[] = [];
  const events: unknown[] = [];
  let closed: number | undefined;
  let acknowledged = 0;
  let refused: { code: number; sentence: string } | undefined;
  let hello: { seq: number; write: boolean } | undefined;
  provider.on("status", ({ status }) => {
    if (status === "connecting") acknowledged = 0;
  });
  provider.on("connection-close", (event) => {
    if (event !== null) closes.push(event.code);
  });
  provider.on("closed", (event) => {
    closed = event.code;
  });
  if (limn) {
    provider.messageHandlers[100] = (_encoder, decoder) => {
      const kind = decoding.readVarUint(decoder);
      const frames = decoding.readVarUint(decoder);
      if (kind === 0) acknowledged = frames;
      else {
        refused = {
          code: decoding.readVarUint(decoder),
          sentence: decoding.readVarString(decoder),
        };
      }
    };
    provider.messageHandlers[101] = (_encoder, decoder) => {
      events.push(JSON.parse(decoding.readVarString(decoder)));
    };
    provider.messageHandlers[102] = (_encoder, decoder) => {
      // Written by the server's encodeHello.
      hello = JSON.parse(decoding.readVarString(decoder)) as { seq: number; write: boolean };
    };
  }
  const frames = (): number => (provider.ws instanceof CountingWebSocket ? provider.ws.frames : 0);
  return {
    doc,
    provider,
    closed: () => closed,
    closes,
    refused: () => refused,
    saved: () => provider.synced && frames() > 0 && acknowledged === frames(),
    acknowledged: () => acknowledged,
    hello: () => hello,
    events,
    set: (root, key, value) => void doc.getMap(root).set(key, value),
    get: (root, key) => doc.getMap(root).get(key),
    size: (root) => doc.getMap(root).size,
    dispose: () => provider.destroy(),
  };
}

export type RawClient = {
  readonly socket: WebSocket;
  readonly messages: Uint8Array[];
  readonly code: () => number | undefined;
  readonly reason: () => string;
};

export async function createRawClient(options: ClientOptions): Promise<RawClient> {
  const { port, room, user, role = "labeler", limn = true, token } = options;
  const socket = new WebSocket(
    `ws://127.0.0.1:${port}/${room}?user=${user}&role=${role}${limn ? "&limn=1" : ""}${token === undefined ? "" : `&token=${token}`}`,
  );
  const messages: Uint8Array[] = [];
  let code: number | undefined;
  let reason = "";
  socket.on("message", (data: Buffer) => messages.push(new Uint8Array(data)));
  socket.on("close", (closeCode, text) => {
    code = closeCode;
    reason = text.toString();
  });
  socket.on("error", () => {});
  await new Promise<void>((resolve) => socket.on("open", () => resolve()));
  return { socket, messages, code: () => code, reason: () => reason };
}

/** A sync message: 0 state vector, 1 answer, 2 update. */
export function syncFrame(step: 0 | 1 | 2, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0);
  encoding.writeVarUint(encoder, step);
  encoding.writeVarUint8Array(encoder, bytes);
  return encoding.toUint8Array(encoder);
}

/** What a fresh document with these changes would send. */
export function updateOf(change: (doc: Y.Doc) => void, clientId?: number): Uint8Array {
  const doc = new Y.Doc();
  if (clientId !== undefined) doc.clientID = clientId;
  change(doc);
  return Y.encodeStateAsUpdate(doc);
}

/** Waits for something to become true, at every turn of the event loop; says what it waited for when it does not. */
export async function until(what: string, check: () => boolean, withinMs = 15_000): Promise<void> {
  const start = performance.now();
  while (!check()) {
    if (performance.now() - start > withinMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
