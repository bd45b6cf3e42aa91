import type { Limits } from "./limits.ts";
import { encodePresence, type PresenceEntry } from "./protocol.ts";

/** A receiver of presence. */
export type PresencePeer = {
  readonly userId: () => string;
  readonly unsentBytes: () => number;
  readonly send: (frame: Uint8Array) => void;
};

export type PresenceRelay = {
  readonly join: (peer: PresencePeer) => void;
  /** Its states vanish for the others at the next tick. */
  readonly leave: (peer: PresencePeer) => void;
  /**
   * Entries that are not this connection's own are dropped without a word: unmodified clients echo everybody's states
   * and their timeouts.
   * @returns false when a state is larger than allowed
   */
  readonly receive: (peer: PresencePeer, entries: readonly PresenceEntry[]) => boolean;
  /** All states of others, for somebody who asks; an empty frame when there are none. */
  readonly answer: (peer: PresencePeer) => void;
  readonly dispose: () => void;
};

type State = {
  readonly peer: PresencePeer;
  /** As the client numbers its states. */
  readonly clock: number;
  /** As the others were told. */
  readonly told: PresenceEntry;
};

const GONE = "null";

/**
 * Presence of one room, kept in memory alone: one frame per tick with the states that changed. A reader that is slow
 * is skipped and gets all states once it has caught up.
 * @param options.claim says whether a client id is this user's, and makes it so when it was nobody's
 */
export function createPresenceRelay(options: {
  readonly limits: Limits;
  readonly claim: (clientId: number, userId: string) => boolean;
}): PresenceRelay {
  const { limits } = options;
  const states = new Map<number, State>();
  const lastTold = new Map<number, number>();
  const peers = new Map<PresencePeer, Set<number>>();
  const behind = new Set<PresencePeer>();
  let changed = new Map<number, PresenceEntry>();
  let renumbered = new Set<number>();
  let timer: NodeJS.Timeout | undefined;

  function tick(): void {
    timer = undefined;
    const entries = [...changed.values()];
    const unlike = renumbered;
    changed = new Map();
    renumbered = new Set();
    const frame = entries.length > 0 ? encodePresence(entries) : undefined;
    for (const [peer, own] of peers) {
      if (peer.unsentBytes() > limits.presenceSlowBytes) {
        behind.add(peer);
      } else if (behind.delete(peer)) {
        answer(peer);
      } else if (frame !== undefined) {
        // A client ignores its own state at the clock that it knows, but would take a renumbered one for news.
        const foreign = entries.filter((entry) => !own.has(entry.clientId));
        if (foreign.length === 0) continue;
        const safe = [...own].every((clientId) => !unlike.has(clientId));
        peer.send(safe ? frame : encodePresence(foreign));
      }
    }
    if (behind.size > 0) schedule();
  }

  function schedule(): void {
    timer ??= setTimeout(tick, limits.presenceTickMs);
  }

  function answer(peer: PresencePeer): void {
    const foreign = [...states.values()].filter((state) => state.peer !== peer);
    peer.send(encodePresence(foreign.map((state) => state.told)));
  }

  /**
   * What the others are told of a state. They forget nothing that they were told under a higher clock, not even that
   * somebody left: a client that comes back with its old clock is numbered on, or they would not see it.
   */
  function tell(clientId: number, clock: number, json: string): PresenceEntry {
    const before = lastTold.get(clientId) ?? -1;
    const told: PresenceEntry = { clientId, clock: clock > before ? clock : before + 1, json };
    lastTold.set(clientId, told.clock);
    changed.set(clientId, told);
    if (told.clock !== clock) renumbered.add(clientId);
    schedule();
    return told;
  }

  /** Whether this connection may speak for the client id. */
  function owns(peer: PresencePeer, own: Set<number>, entry: PresenceEntry): boolean {
    if (own.has(entry.clientId)) return true;
    if (entry.json === GONE || own.size >= limits.presenceClients) return false;
    if (!options.claim(entry.clientId, peer.userId())) return false;
    // A reconnect may arrive before the old connection is noticed to be dead: the id moves to the newer one.
    const former = states.get(entry.clientId);
    if (former !== undefined) peers.get(former.peer)?.delete(entry.clientId);
    own.add(entry.clientId);
    return true;
  }

  return {
    join(peer) {
      peers.set(peer, new Set());
      if (states.size > 0) answer(peer);
    },
    leave(peer) {
      const own = peers.get(peer);
      peers.delete(peer);
      behind.delete(peer);
      for (const clientId of own ?? []) {
        const state = states.get(clientId);
        if (state === undefined) continue;
        states.delete(clientId);
        tell(clientId, state.clock + 1, GONE);
      }
    },
    receive(peer, entries) {
      const own = peers.get(peer);
      if (own === undefined) return true;
      for (const { clientId, clock, json } of entries) {
        if (!owns(peer, own, { clientId, clock, json })) continue;
        if (Buffer.byteLength(json) > limits.presenceBytes) return false;
        const current = states.get(clientId);
        if (current?.peer === peer && current.clock >= clock) continue;
        const told = tell(clientId, clock, json);
        if (json === GONE) states.delete(clientId);
        else states.set(clientId, { peer, clock, told });
      }
      return true;
    },
    answer,
    dispose() {
      clearTimeout(timer);
    },
  };
}
