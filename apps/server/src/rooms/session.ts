import { CLOSE_CODES, type CloseCode } from "@limn/shared/api";
import * as Y from "yjs";
import { type Access, type Authenticate, mayWrite } from "./access.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Limits } from "./limits.ts";
import { createLiveConnection, type LiveConnection } from "./live-connection.ts";
import {
  encodeEvent,
  encodeHello,
  encodePresence,
  encodeRefused,
  encodeStateVector,
} from "./protocol.ts";
import type { Room } from "./room.ts";
import { OPEN, type RoomLine, type RoomSocket, toBytes } from "./socket.ts";
import { createWorkBudget } from "./work-budget.ts";

/** Keeps a room in memory until it is released. */
export type RoomLease = { readonly room: Room; readonly release: () => void };

type Live = { readonly connection: LiveConnection; readonly lease: RoomLease };

type Opening = {
  readonly kind: "opening";
  readonly frames: Uint8Array[];
  bytes: number;
  paused: boolean;
};

/** One connection's life. */
type State =
  /** Who is it, and is the room loaded? What it sends meanwhile waits. */
  | Opening
  | ({ readonly kind: "live" } & Live)
  /** It has been told to go, or will be once what it sent before is on disk. Nothing more is taken from it. */
  | { readonly kind: "closing"; readonly live: Live | undefined }
  | { readonly kind: "closed" };

export type Session = {
  readonly imageId: string;
  /** Undefined until the session is live and after it has ended. */
  readonly access: () => Access | undefined;
  /** Asks again who this is; closes, or changes what the connection may do from its next frame on. */
  readonly recheck: () => Promise<void>;
  /** Closes once everything received before is on disk and acknowledged. */
  readonly finish: (code: CloseCode) => void;
  /** Breaks the silence towards an idle client, and cuts a line that no longer answers. */
  readonly heartbeat: () => void;
};

const SILENCE_BREAKER = encodePresence([]);

export function createSession(options: {
  readonly socket: RoomSocket;
  readonly line: RoomLine;
  readonly imageId: string;
  readonly authenticate: Authenticate;
  /** Whether the client asked for frames 100-102. */
  readonly limnFrames: boolean;
  readonly openRoom: () => Promise<RoomLease>;
  readonly limits: Limits;
  readonly clock: () => number;
  readonly onLive: () => void;
  readonly onClosed: () => void;
  readonly onError: (error: unknown) => void;
}): Session {
  const { socket, line, limits, limnFrames } = options;
  let state: State = { kind: "opening", frames: [], bytes: 0, paused: false };
  let recheckWanted = false;
  let quiet = true;
  let answering = true;
  let granted = 0;
  let cutTimer: NodeJS.Timeout | undefined;

  socket.on("message", (data, isBinary) => {
    answering = true;
    const frame = toBytes(data);
    if (state.kind === "opening") keepForLater(state, frame, isBinary);
    else if (state.kind === "live") state.connection.receive(frame, isBinary);
  });
  socket.on("pong", () => {
    answering = true;
  });
  // A broken line is followed by "close", which is where it is dealt with.
  socket.on("error", () => {});
  socket.on("close", leave);
  void open();

  async function open(): Promise<void> {
    try {
      const access = await options.authenticate();
      if (state.kind !== "opening") return;
      if ("refused" in access) {
        finish(access.refused);
        return;
      }
      const lease = await options.openRoom();
      if (state.kind === "opening") goLive(state, access, lease);
      else lease.release();
    } catch (error) {
      options.onError(error);
      finish(4503);
    }
  }

  function keepForLater(opening: Opening, frame: Uint8Array, isBinary: boolean): void {
    if (!isBinary) return finish(4400);
    if (frame.length > limits.frameBytes) return finish(4413);
    opening.frames.push(frame);
    opening.bytes += frame.length;
    const full =
      opening.frames.length >= limits.openingFrames || opening.bytes >= limits.openingBytes;
    if (full && !opening.paused) {
      opening.paused = true;
      socket.pause();
    }
  }

  function goLive(opening: Opening, access: Access, lease: RoomLease): void {
    const { room } = lease;
    const connection = createLiveConnection({
      room,
      access,
      socket,
      line,
      limnFrames,
      limits,
      budget: createWorkBudget({
        burst: limits.idleWorkBurst,
        perSecond: limits.idleWorkPerSecond,
        clock: options.clock,
      }),
      connection: { send, broadcast, refuse, close },
    });
    state = { kind: "live", connection, lease };
    if (limnFrames) send(encodeHello({ seq: room.seq(), write: mayWrite(access) }));
    send(encodeStateVector(Y.encodeStateVector(room.doc)));
    room.join(connection.peer);
    options.onLive();
    if (opening.paused) socket.resume();
    for (const frame of opening.frames) if (isLive(connection)) connection.receive(frame, true);
    if (recheckWanted) void recheck();
  }

  const isLive = (connection: LiveConnection): boolean =>
    state.kind === "live" && state.connection === connection;

  /** @param grant bytes that the reader may owe beyond the limit for now: the state of a large image */
  function send(frame: Uint8Array, grant = 0): void {
    if (!mayOweMore()) return;
    if (granted === 0) granted = grant;
    quiet = false;
    socket.send(frame);
  }

  function broadcast({ pieces }: Broadcast, except: readonly number[]): void {
    for (const piece of pieces(except)) {
      if (!mayOweMore() || socket.readyState !== OPEN) return;
      quiet = false;
      line.write(piece);
    }
  }

  /** Closes a reader that owes too much. */
  function mayOweMore(): boolean {
    if (state.kind === "closed" || cutTimer !== undefined) return false;
    const unsent = socket.bufferedAmount;
    if (unsent <= limits.unsentBytes) granted = 0;
    if (unsent <= limits.unsentBytes + granted) return true;
    close(4508);
    return false;
  }

  function refuse(code: CloseCode, why?: string): void {
    if (state.kind !== "live") return;
    const frame = state.connection.frames();
    const { sentence } = CLOSE_CODES[code];
    finish(code, () => {
      if (limnFrames) {
        send(encodeRefused(frame, code, why === undefined ? sentence : `${sentence} (${why})`));
      }
    });
  }

  function finish(code: CloseCode, last: () => void = () => {}): void {
    if (state.kind === "closed" || state.kind === "closing") return;
    const live = state.kind === "live" ? state : undefined;
    state = { kind: "closing", live };
    const end = (): void => {
      last();
      close(code);
    };
    if (live === undefined) end();
    else live.lease.room.whenDurable(end);
  }

  function close(code: CloseCode): void {
    if (state.kind === "closed" || cutTimer !== undefined) return;
    if (state.kind !== "closing") {
      state = { kind: "closing", live: state.kind === "live" ? state : undefined };
    }
    cutTimer = setTimeout(() => socket.terminate(), limits.closeGraceMs);
    cutTimer.unref();
    // A paused socket would never see the other side's close frame.
    socket.resume();
    socket.close(code, CLOSE_CODES[code].sentence);
  }

  function leave(): void {
    if (state.kind === "closed") return;
    const live = state.kind === "live" ? state : state.kind === "closing" ? state.live : undefined;
    state = { kind: "closed" };
    clearTimeout(cutTimer);
    if (live !== undefined) {
      live.lease.room.leave(live.connection.peer);
      live.lease.release();
    }
    options.onClosed();
  }

  async function recheck(): Promise<void> {
    if (state.kind === "opening") {
      recheckWanted = true;
      return;
    }
    if (state.kind !== "live") return;
    const { connection } = state;
    try {
      const access = await options.authenticate();
      if (!isLive(connection)) return;
      if ("refused" in access) return finish(access.refused);
      const before = connection.access();
      if (access.userId !== before.userId) return finish(4401);
      connection.setAccess(access);
      const write = mayWrite(access);
      if (limnFrames && write !== mayWrite(before)) send(encodeEvent({ type: "rights", write }));
    } catch (error) {
      // Asked again in 30 s: a catalog that does not answer now must not throw everybody out.
      options.onError(error);
    }
  }

  return {
    imageId: options.imageId,
    access: () => (state.kind === "live" ? state.connection.access() : undefined),
    recheck,
    finish: (code) => finish(code),
    heartbeat() {
      if (state.kind !== "live") return;
      if (quiet) send(SILENCE_BREAKER);
      quiet = true;
      // A reader that is still taking what it owes cannot answer yet; a paused one is not heard.
      if (socket.bufferedAmount > 0 || state.connection.isPaused()) return;
      if (!answering) return socket.terminate();
      answering = false;
      socket.ping();
    },
  };
}
