import { decodePresence, encodePresence, type PresenceState } from "@limn/shared/document";
import type { Awareness } from "y-protocols/awareness";
import { createStore, type ReadableStore } from "../state/store.ts";

/** Another person on this image, or another tab of mine. */
export interface PeerPresence {
  readonly clientId: number;
  readonly state: PresenceState;
  /** No sign of life but the renewal for some seconds. */
  readonly idle: boolean;
}

/** What I show to the others and they to me; seen at once, never stored. Image pixels. */
export interface PresenceChannel {
  readonly peers: ReadableStore<readonly PeerPresence[]>;
  /** Changes parts of what I show; `undefined` takes a part away. Sent at most 20 times a second. */
  readonly show: (change: PresencePatch) => void;
  /**
   * Where my pointer is, and how large a screen pixel is in image pixels there: less than one is not worth a message.
   */
  readonly pointAt: (cursor: PresenceState["cursor"], screenPixel: number) => void;
  /** Sends what waits now: a stroke that has been committed must go from presence in the same moment. */
  readonly flush: () => void;
  readonly dispose: () => void;
}

/** Every part but the person; `undefined` takes it away. */
export type PresencePatch = {
  readonly [Part in Exclude<keyof PresenceState, "user">]?: PresenceState[Part] | undefined;
};

const SEND_MS = 50;
const IDLE_MS = 5_000;

export function createPresenceChannel(options: {
  readonly awareness: Awareness;
  readonly user: PresenceState["user"];
  /** Milliseconds, from any beginning. */
  readonly now: () => number;
}): PresenceChannel {
  const { awareness, now } = options;
  const peers = createStore<readonly PeerPresence[]>([]);
  const seen = new Map<number, { readonly text: string; state: PresenceState; movedAt: number }>();
  let mine: Record<string, unknown> = { tool: "" };
  let sentAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function send(): void {
    clearTimeout(timer);
    timer = undefined;
    sentAt = now();
    // Built by `show` from parts of a presence state.
    const state = { ...mine, user: options.user } as unknown as PresenceState;
    awareness.setLocalState(encodePresence(state));
  }

  function sendSoon(): void {
    const wait = sentAt + SEND_MS - now();
    if (wait <= 0) send();
    else timer ??= setTimeout(send, wait);
  }

  function show(change: PresencePatch): void {
    const next: Record<string, unknown> = { ...mine };
    for (const [part, value] of Object.entries(change)) {
      if (value === undefined) delete next[part];
      else next[part] = value;
    }
    mine = next;
    sendSoon();
  }

  function pointAt(cursor: PresenceState["cursor"], screenPixel: number): void {
    const before = mine["cursor"] as PresenceState["cursor"]; // Only pointAt and show put it there.
    const near =
      cursor !== undefined &&
      before !== undefined &&
      Math.hypot(cursor.x - before.x, cursor.y - before.y) < screenPixel;
    if (near || (cursor === undefined && before === undefined)) return;
    show({ cursor });
  }

  function readPeers(changed: readonly number[]): void {
    const states = awareness.getStates();
    for (const clientId of changed) {
      if (clientId === awareness.clientID) continue;
      const raw = states.get(clientId);
      const state = raw === undefined ? undefined : decodePresence(raw);
      if (state === undefined) {
        seen.delete(clientId);
        continue;
      }
      const text = JSON.stringify(raw);
      // A renewal repeats the same state: no sign that somebody is at the keyboard.
      if (seen.get(clientId)?.text !== text) seen.set(clientId, { text, state, movedAt: now() });
    }
    publish();
  }

  function publish(): void {
    const before = new Map(peers.get().map((peer) => [peer.clientId, peer]));
    const next = [...seen].map(([clientId, { state, movedAt }]): PeerPresence => {
      const idle = now() - movedAt > IDLE_MS;
      const known = before.get(clientId);
      return known?.state === state && known.idle === idle ? known : { clientId, state, idle };
    });
    const same =
      next.length === before.size && next.every((peer) => before.get(peer.clientId) === peer);
    if (!same) peers.set(next);
  }

  type Changes = { added: number[]; updated: number[]; removed: number[] };
  const onChange = ({ added, updated, removed }: Changes): void =>
    readPeers([...added, ...updated, ...removed]);
  awareness.on("change", onChange);
  const idleTimer = setInterval(publish, 1_000);
  readPeers([...awareness.getStates().keys()]);
  send();

  return {
    peers,
    show,
    pointAt,
    flush() {
      if (timer !== undefined) send();
    },
    dispose() {
      clearTimeout(timer);
      clearInterval(idleTimer);
      awareness.off("change", onChange);
    },
  };
}
