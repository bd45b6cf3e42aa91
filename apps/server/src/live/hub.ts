import type { LiveMessage, Place } from "@limn/shared/api";

/** The part of a web socket that the hub needs. */
export interface LiveSocket {
  send(text: string): void;
  close(code: number, reason: string): void;
  readonly bufferedAmount: number;
}

export type LiveHub = ReturnType<typeof createLiveHub>;

interface Subscriber {
  readonly userId: string;
  readonly socket: LiveSocket;
}

/** A reader with more than this unsent is dropped; it comes back and gets the present state. */
const MAX_UNSENT = 1 << 20;
const TOO_SLOW = 4508;
/** Comings and goings within this time are told together. */
const PLACES_DELAY_MS = 50;

/** Tells everyone who has a project open what happens in it. Keeps nothing: whoever missed something asks over HTTP. */
export function createLiveHub() {
  const subscribers = new Map<string, Set<Subscriber>>();
  /** Project -> image -> who is there. */
  const places = new Map<string, Map<string, readonly Place[]>>();
  const timers = new Map<string, NodeJS.Timeout>();

  function sendTo(subscriber: Subscriber, text: string): void {
    if (subscriber.socket.bufferedAmount > MAX_UNSENT)
      subscriber.socket.close(TOO_SLOW, "This connection is too slow; it starts anew.");
    else subscriber.socket.send(text);
  }

  function placesOf(projectId: string): LiveMessage {
    return { type: "places", places: [...(places.get(projectId)?.values() ?? [])].flat() };
  }

  function publish(projectId: string, message: LiveMessage): void {
    const receivers = subscribers.get(projectId);
    if (receivers === undefined) return;
    const text = JSON.stringify(message);
    for (const subscriber of receivers) sendTo(subscriber, text);
  }

  function publishPlacesSoon(projectId: string): void {
    if (timers.has(projectId)) return;
    const timer = setTimeout(() => {
      timers.delete(projectId);
      publish(projectId, placesOf(projectId));
    }, PLACES_DELAY_MS);
    timers.set(projectId, timer);
  }

  return {
    publish,

    /** In every project that somebody has open. */
    publishAll(message: LiveMessage): void {
      for (const projectId of subscribers.keys()) publish(projectId, message);
    },

    /** Whether anybody would hear of it. */
    isHeard: (projectId: string): boolean => subscribers.has(projectId),

    /** To one person's sockets alone. */
    publishTo(projectId: string, userId: string, message: LiveMessage): void {
      const text = JSON.stringify(message);
      for (const subscriber of subscribers.get(projectId) ?? [])
        if (subscriber.userId === userId) sendTo(subscriber, text);
    },

    /** The socket gets the places at once and every message from now on; call the answer when it closes. */
    subscribe(projectId: string, userId: string, socket: LiveSocket): () => void {
      const subscriber = { userId, socket };
      const all = subscribers.get(projectId) ?? new Set();
      subscribers.set(projectId, all.add(subscriber));
      socket.send(JSON.stringify(placesOf(projectId)));
      return () => {
        all.delete(subscriber);
        if (all.size === 0) subscribers.delete(projectId);
      };
    },

    /** Who is on an image now; nobody when the list is empty. */
    setPlaces(projectId: string, imageId: string, present: readonly Place[]): void {
      const images = places.get(projectId) ?? new Map<string, readonly Place[]>();
      if (present.length > 0) images.set(imageId, present);
      else images.delete(imageId);
      if (images.size > 0) places.set(projectId, images);
      else places.delete(projectId);
      publishPlacesSoon(projectId);
    },

    dispose(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      for (const all of subscribers.values())
        for (const { socket } of all) socket.close(1012, "The server restarts.");
      subscribers.clear();
    },
  };
}
