import { CLOSE_CODES, type CloseCode } from "@limn/shared/api";
import type { Access, Authenticate } from "./access.ts";
import type { Limits } from "./limits.ts";
import {
  type ClientMessage,
  decodeMessage,
  encodeEvent,
  encodeHello,
  encodePresence,
  encodeRefused,
  encodeSaved,
  encodeStateVector,
  ProtocolError,
} from "./protocol.ts";
import type { Peer, Room } from "./room.ts";
import { type RoomLine, type RoomSocket, toBytes } from "./socket.ts";
import { createWorkBudget } from "./work-budget.ts";
import * as Y from "yjs";

/** Keeps a room in memory until it is released. */
export type RoomLease = { readonly room: Room; readonly release: () => void };

/** One connection's life. */
type State =
  /** Who is it, and is the room loaded? What it sends meanwhile waits. */
  | { readonly kind: "opening"; readonly frames: Uint8Array[]; bytes: number; paused: boolean }
  | LiveState
  /** It has been told to go, or will be once what it sent before is on disk. Nothing more is taken from it. */
  | { readonly kind: "closing"; readonly live: LiveState | undefined }
  | { readonly kind: "closed" };

type LiveState = {
  readonly kind: "live";
  readonly lease: RoomLease;
  readonly peer: Peer;
  access: Access;
  /** Update-bearing frames received. */
  frames: number;
  /** Frames before the first that came too early; nothing beyond may be called saved until that is healed. */
  heldFrom: number | undefined;
  /** Our state vector is out, its answer has not come. */
  asked: boolean;
  /** Answers in a row that did not heal. */
  rounds: number;
  unsavedBytes: number;
  paused: boolean;
};

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
  readonly line?: RoomLine;
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
  const { socket, limits, limnFrames } = options;
  const budget = createWorkBudget({
    burst: limits.idleWorkBurst,
    perSecond: limits.idleWorkPerSecond,
    clock: options.clock,
  });
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
    else if (state.kind === "live") receive(state, frame, isBinary);
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

  function keepForLater(
    opening: Extract<State, { kind: "opening" }>,
    frame: Uint8Array,
    isBinary: boolean,
  ): void {
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

  function goLive(
    opening: Extract<State, { kind: "opening" }>,
    access: Access,
    lease: RoomLease,
  ): void {
    const { room } = lease;
    const live: LiveState = {
      kind: "live",
      lease,
      access,
      frames: 0,
      heldFrom: undefined,
      asked: true,
      rounds: 0,
      unsavedBytes: 0,
      paused: false,
      peer: {
        userId: () => live.access.userId,
        unsentBytes: () => socket.bufferedAmount,
        send,
        together(sending) {
          options.line?.cork();
          sending();
          options.line?.uncork();
        },
        saved(frames, bytes) {
          settle(live, bytes);
          if (limnFrames) send(encodeSaved(frames, room.seq()));
        },
        storageFailed: () => close(4503),
      },
    };
    state = live;
    if (limnFrames) send(encodeHello({ seq: room.seq(), write: mayWrite(access) }));
    send(encodeStateVector(Y.encodeStateVector(room.doc)));
    room.join(live.peer);
    options.onLive();
    if (opening.paused) socket.resume();
    for (const frame of opening.frames) if (isLive(live)) receive(live, frame, true);
    if (recheckWanted) void recheck();
  }

  const isLive = (live: LiveState): boolean => state === live;

  function receive(live: LiveState, frame: Uint8Array, isBinary: boolean): void {
    if (!isBinary) return refuse(live, 4400, "a text frame came where only binary ones are known");
    if (frame.length > limits.frameBytes) return refuse(live, 4413);
    let message: ClientMessage;
    try {
      message = decodeMessage(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return refuse(live, 4400, error.message);
    }
    switch (message.type) {
      case "state-vector":
        return answerStateVector(live, message.stateVector);
      case "update":
        return receiveUpdate(live, message.update, message.answer);
      case "presence":
        if (!live.lease.room.presence.receive(live.peer, message.entries)) refuse(live, 4413);
        return;
      case "query-presence":
        if (!budget.spend(limits.presenceSlowBytes)) return finish(4508);
        live.lease.room.presence.answer(live.peer);
    }
  }

  function answerStateVector(live: LiveState, stateVector: Uint8Array): void {
    if (!budget.spend(limits.stateVectorCost)) return finish(4508);
    try {
      live.lease.room.answer(live.peer, stateVector);
    } catch {
      // Yjs reads the vector without a check of its own.
      refuse(live, 4400, "the state vector cannot be read");
    }
  }

  function receiveUpdate(live: LiveState, update: Uint8Array, answer: boolean): void {
    const { room } = live.lease;
    const frame = ++live.frames;
    const verdict = room.inspect(update, {
      userId: live.access.userId,
      canWrite: mayWrite(live.access),
    });
    switch (verdict.kind) {
      case "malformed":
        return refuse(live, 4400, verdict.reason);
      case "foreign":
        return refuse(live, 4403, verdict.reason);
      case "not-ready":
        return hold(live, update, answer);
      case "read-only":
        return refuse(live, live.access.locked === true ? 4423 : 4403);
      case "nothing-new":
        heal(live, answer);
        if (!budget.spend(update.length)) return finish(4508);
        if (live.heldFrom === undefined) room.whenDurable(() => live.peer.saved(frame, 0));
        return;
      case "admit": {
        heal(live, answer);
        owe(live, update.length);
        const { userId } = live.access;
        const frames = live.heldFrom ?? frame;
        room.admit(update, verdict, { userId, peer: live.peer, frames });
      }
    }
  }

  /**
   * An update that builds on something which is not here: it is not applied and not acknowledged. Our state vector asks
   * for everything that is missing; the answer covers this frame too.
   */
  function hold(live: LiveState, update: Uint8Array, answer: boolean): void {
    if (answer) {
      live.asked = false;
      if (++live.rounds > limits.outOfStepRounds) return refuse(live, 4409);
    }
    if (!budget.spend(update.length)) return finish(4508);
    live.heldFrom ??= live.frames - 1;
    if (live.asked) return;
    live.asked = true;
    send(encodeStateVector(Y.encodeStateVector(live.lease.room.doc)));
  }

  function owe(live: LiveState, bytes: number): void {
    live.unsavedBytes += bytes;
    if (live.unsavedBytes > limits.unsavedBytes && !live.paused) {
      live.paused = true;
      socket.pause();
    }
  }

  function settle(live: LiveState, bytes: number): void {
    live.unsavedBytes = Math.max(0, live.unsavedBytes - bytes);
    if (live.paused && live.unsavedBytes < limits.unsavedBytes / 2) {
      live.paused = false;
      socket.resume();
    }
  }

  /** @param grant bytes that the reader may owe beyond the limit for now: the state of a large image */
  function send(frame: Uint8Array, grant = 0): void {
    if (state.kind === "closed" || cutTimer !== undefined) return;
    const unsent = socket.bufferedAmount;
    if (unsent <= limits.unsentBytes) granted = 0;
    if (unsent > limits.unsentBytes + granted) return close(4508);
    if (granted === 0) granted = grant;
    quiet = false;
    socket.send(frame);
  }

  function refuse(live: LiveState, code: CloseCode, why?: string): void {
    const frame = live.frames;
    finish(code, () => {
      const { sentence } = CLOSE_CODES[code];
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
      live.lease.room.leave(live.peer);
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
    const live = state;
    try {
      const access = await options.authenticate();
      if (!isLive(live)) return;
      if ("refused" in access) return finish(access.refused);
      if (access.userId !== live.access.userId) return finish(4401);
      const before = mayWrite(live.access);
      live.access = access;
      const write = mayWrite(access);
      if (limnFrames && write !== before) send(encodeEvent({ type: "rights", write }));
    } catch (error) {
      // Asked again in 30 s: a catalog that does not answer now must not throw everybody out.
      options.onError(error);
    }
  }

  return {
    imageId: options.imageId,
    access: () => (state.kind === "live" ? state.access : undefined),
    recheck,
    finish: (code) => finish(code),
    heartbeat() {
      if (state.kind !== "live") return;
      if (quiet) send(SILENCE_BREAKER);
      quiet = true;
      // A reader that is still taking what it owes cannot answer yet; a paused one is not heard.
      if (socket.bufferedAmount > 0 || state.paused) return;
      if (!answering) return socket.terminate();
      answering = false;
      socket.ping();
    },
  };
}

function mayWrite(access: Access): boolean {
  return access.canWrite && access.locked !== true;
}

/** The client has sent all that our state vector lacked: nothing before is missing any more. */
function heal(live: LiveState, answer: boolean): void {
  if (!answer) return;
  live.heldFrom = undefined;
  live.asked = false;
  live.rounds = 0;
}
