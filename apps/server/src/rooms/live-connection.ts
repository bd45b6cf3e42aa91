import type { CloseCode } from "@limn/shared/api";
import * as Y from "yjs";
import { type Access, mayWrite } from "./access.ts";
import type { Limits } from "./limits.ts";
import {
  type ClientMessage,
  decodeMessage,
  encodeSaved,
  encodeStateVector,
  ProtocolError,
} from "./protocol.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Peer } from "./entry.ts";
import type { Room } from "./room.ts";
import type { RoomLine, RoomSocket } from "./socket.ts";
import type { WorkBudget } from "./work-budget.ts";

/** A connection whose session and room are known: what it sends is taken, what the room has for it is sent. */
export type LiveConnection = {
  readonly peer: Peer;
  readonly room: Room;
  readonly access: () => Access;
  readonly setAccess: (access: Access) => void;
  readonly receive: (frame: Uint8Array, isBinary: boolean) => void;
  /** Update-bearing frames received. */
  readonly frames: () => number;
  /** Whether reading has been stopped until the disk has caught up. */
  readonly isPaused: () => boolean;
};

/** What the session does for it. */
export type Connection = {
  readonly send: (frame: Uint8Array, grant?: number) => void;
  /** All messages but those at `except`. */
  readonly broadcast: (broadcast: Broadcast, except: readonly number[]) => void;
  /** Says why, and closes once what was received before is on disk. */
  readonly refuse: (code: CloseCode, why?: string) => void;
  readonly close: (code: CloseCode) => void;
};

const NONE: readonly number[] = [];

export function createLiveConnection(options: {
  readonly room: Room;
  readonly access: Access;
  readonly socket: RoomSocket;
  readonly line: RoomLine;
  readonly limnFrames: boolean;
  readonly limits: Limits;
  readonly budget: WorkBudget;
  readonly connection: Connection;
}): LiveConnection {
  const { room, socket, line, limits, budget, limnFrames } = options;
  const { send, refuse, close } = options.connection;
  let { access } = options;
  let frames = 0;
  /** Frames before the first that came too early; nothing beyond may be called saved until that is healed. */
  let heldFrom: number | undefined;
  /** Our state vector is out, its answer has not come; the session sends the first. */
  let asked = true;
  /** Answers in a row that did not heal. */
  let rounds = 0;
  let unsavedBytes = 0;
  let acknowledged = 0;
  let paused = false;

  const peer: Peer = {
    userId: () => access.userId,
    unsentBytes: () => socket.bufferedAmount,
    send,
    deliver(broadcast, mine) {
      if (mine === undefined) return options.connection.broadcast(broadcast, NONE);
      line.cork();
      options.connection.broadcast(broadcast, mine.own);
      settle(mine.bytes);
      acknowledge(mine.frames);
      line.uncork();
    },
    storageFailed: () => close(4503),
  };

  function acknowledge(saved: number): void {
    // A frame that brought nothing new waits for what was applied before it, and may hear of it after a later frame has.
    if (saved <= acknowledged) return;
    acknowledged = saved;
    if (limnFrames) send(encodeSaved(saved, room.seq()));
  }

  function receive(frame: Uint8Array, isBinary: boolean): void {
    if (!isBinary) return refuse(4400, "a text frame came where only binary ones are known");
    if (frame.length > limits.frameBytes) return refuse(4413);
    let message: ClientMessage;
    try {
      message = decodeMessage(frame);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return refuse(4400, error.message);
    }
    switch (message.type) {
      case "state-vector":
        return answerStateVector(message.stateVector);
      case "update":
        return receiveUpdate(message.update, message.answer);
      case "presence":
        if (!room.presence.receive(peer, message.entries)) refuse(4413);
        return;
      case "query-presence":
        if (!budget.spend(limits.presenceSlowBytes)) return refuse(4508);
        room.presence.answer(peer);
    }
  }

  function answerStateVector(stateVector: Uint8Array): void {
    if (!budget.spend(limits.stateVectorCost)) return refuse(4508);
    try {
      room.answer(peer, stateVector);
    } catch {
      // Yjs reads the vector without a check of its own.
      refuse(4400, "the state vector cannot be read");
    }
  }

  function receiveUpdate(update: Uint8Array, answer: boolean): void {
    const frame = ++frames;
    const { userId } = access;
    const admission = room.inspect(update, { userId, canWrite: mayWrite(access) });
    switch (admission.kind) {
      case "malformed":
        return refuse(4400, admission.reason);
      case "foreign":
        return refuse(4403, admission.reason);
      case "not-ready":
        return hold(update, answer);
      case "read-only":
        return refuse(access.locked === true ? 4423 : 4403);
      case "nothing-new":
        heal(answer);
        if (!budget.spend(update.length)) return refuse(4508);
        if (heldFrom === undefined) room.whenDurable(() => acknowledge(frame));
        return;
      case "admit":
        heal(answer);
        owe(update.length);
        room.admit(update, admission, { userId, peer, frames: heldFrom ?? frame });
    }
  }

  /**
   * An update that builds on something which is not here: it is not applied and not acknowledged. Our state vector asks
   * for everything that is missing; the answer covers this frame too.
   */
  function hold(update: Uint8Array, answer: boolean): void {
    if (answer) {
      asked = false;
      if (++rounds > limits.outOfStepRounds) return refuse(4409);
    }
    if (!budget.spend(update.length)) return refuse(4508);
    heldFrom ??= frames - 1;
    if (asked) return;
    asked = true;
    send(encodeStateVector(Y.encodeStateVector(room.doc)));
  }

  /** The client has sent all that our state vector lacked: nothing before is missing any more. */
  function heal(answer: boolean): void {
    if (!answer) return;
    heldFrom = undefined;
    asked = false;
    rounds = 0;
  }

  function owe(bytes: number): void {
    unsavedBytes += bytes;
    if (unsavedBytes > limits.unsavedBytes && !paused) {
      paused = true;
      socket.pause();
    }
  }

  function settle(bytes: number): void {
    unsavedBytes = Math.max(0, unsavedBytes - bytes);
    if (paused && unsavedBytes < limits.unsavedBytes / 2) {
      paused = false;
      socket.resume();
    }
  }

  return {
    peer,
    room,
    access: () => access,
    setAccess(next) {
      access = next;
    },
    receive,
    frames: () => frames,
    isPaused: () => paused,
  };
}
