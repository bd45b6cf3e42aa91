import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { WebSocket } from "ws";
import * as Y from "yjs";
import { createMarker, findMarkers } from "./marker.ts";

/** How a server speaks: y-websocket with our acknowledgement, or Hocuspocus (document name in front of each frame). */
export type Dialect = "limn" | "hocuspocus";

/**
 * A client that is never the bottleneck: it owns a document for its own edits only, never applies remote ones, and looks
 * for markers in the frames instead.
 */
export interface LeanClient {
  readonly number: number;
  readonly connect: () => Promise<void>;
  /** Adds one polygon of 96 bytes that carries a marker. */
  readonly edit: () => void;
  /** Adds many in one transaction, for the join scenario. */
  readonly addMany: (from: number, to: number) => void;
  readonly sentAt: (edit: number) => number;
  readonly edits: () => number;
  readonly acknowledged: ReadonlySet<number>;
  readonly allAcknowledged: () => boolean;
  /** Milliseconds from edit to acknowledgement since the last call. */
  readonly takeAckLatencies: () => number[];
  readonly closedWith: () => number | undefined;
  /** The largest state that came. */
  readonly received: () => { readonly state: Uint8Array; readonly bytes: number };
  readonly close: () => void;
}

export interface LeanClientOptions {
  readonly number: number;
  readonly run: number;
  readonly room: string;
  readonly url: string;
  readonly dialect: Dialect;
  /** An edit of somebody was seen in a frame. */
  readonly onMarker: (client: number, edit: number) => void;
}

export function createLeanClient(options: LeanClientOptions): LeanClient {
  const { number, run, room, dialect } = options;
  const doc = new Y.Doc();
  const sent: number[] = [];
  const frameEdits: number[] = [];
  const acknowledged = new Set<number>();
  let latencies: number[] = [];
  let ackedFrames = 0;
  let edits = 0;
  let socket: WebSocket | undefined;
  let closed: number | undefined;
  let bytes = 0;
  let state: Uint8Array = new Uint8Array();
  let ready: () => void = () => {};

  doc.on("update", (update: Uint8Array) => sendSync(2, update, edits));

  function begin(type: number): encoding.Encoder {
    const encoder = encoding.createEncoder();
    if (dialect === "hocuspocus") encoding.writeVarString(encoder, room);
    encoding.writeVarUint(encoder, type);
    return encoder;
  }

  function sendSync(step: 0 | 1 | 2, content: Uint8Array, edit = -1): void {
    if (socket?.readyState !== WebSocket.OPEN) return;
    const encoder = begin(0);
    encoding.writeVarUint(encoder, step);
    encoding.writeVarUint8Array(encoder, content);
    if (step !== 0) frameEdits.push(edit);
    socket.send(encoding.toUint8Array(encoder));
  }

  function acknowledgeTo(frames: number): void {
    while (ackedFrames < Math.min(frames, frameEdits.length)) {
      const edit = frameEdits[ackedFrames++] ?? -1;
      if (edit < 0) continue;
      acknowledged.add(edit);
      latencies.push(performance.now() - (sent[edit] ?? 0));
    }
  }

  function receive(frame: Buffer): void {
    bytes += frame.length;
    // lib0's type excludes shared memory, which a socket's buffer never is.
    const decoder = decoding.createDecoder(frame as unknown as Uint8Array<ArrayBuffer>);
    if (dialect === "hocuspocus") decoding.readVarString(decoder);
    const type = decoding.readVarUint(decoder);
    if (type === 0 || type === 4) {
      const step = decoding.readVarUint(decoder);
      const content = decoding.readVarUint8Array(decoder);
      if (step === 0) sendSync(1, Y.encodeStateAsUpdate(doc, content));
      else {
        if (content.length > state.length) state = content.slice();
        if (step === 1) ready();
        for (const [client, edit] of findMarkers(run, frame)) options.onMarker(client, edit);
      }
    } else if (dialect === "limn" && type === 100) {
      if (decoding.readVarUint(decoder) === 0) acknowledgeTo(decoding.readVarUint(decoder));
    } else if (dialect === "hocuspocus" && type === 8) {
      if (decoding.readVarUint(decoder) === 1) acknowledgeTo(ackedFrames + 1);
    }
  }

  function add(id: string, marker: Uint8Array): void {
    doc.getMap("geo").set(id, marker);
    doc.getMap("props").set(id, { t: "polygon", c: "class-3", z: 1 });
  }

  return {
    number,
    connect: () =>
      new Promise((resolve, reject) => {
        ready = resolve;
        const opening = new WebSocket(options.url, { perMessageDeflate: false });
        socket = opening;
        opening.on("error", reject);
        opening.on("close", (code) => {
          closed = code;
          reject(new Error(`closed with ${code}`));
        });
        opening.on("message", receive);
        opening.on("open", () => {
          if (dialect === "hocuspocus") {
            const encoder = begin(2);
            encoding.writeVarUint(encoder, 0);
            encoding.writeVarString(encoder, "token");
            opening.send(encoding.toUint8Array(encoder));
          }
          sendSync(0, Y.encodeStateVector(doc));
        });
      }),
    edit() {
      sent[edits] = performance.now();
      doc.transact(() => {
        add(`${number.toString(36)}-${edits.toString(36)}`, createMarker(run, number, edits));
      });
      edits++;
    },
    addMany(from, to) {
      doc.transact(() => {
        for (let i = from; i < to; i++) add(`a${i.toString(36)}`, createMarker(run, number, i));
      });
    },
    sentAt: (edit) => sent[edit] ?? Number.NaN,
    edits: () => edits,
    acknowledged,
    allAcknowledged: () => ackedFrames >= frameEdits.length,
    takeAckLatencies() {
      const now = latencies;
      latencies = [];
      return now;
    },
    closedWith: () => closed,
    received: () => ({ state, bytes }),
    close() {
      socket?.removeAllListeners("close");
      socket?.on("error", () => {});
      socket?.terminate();
    },
  };
}
