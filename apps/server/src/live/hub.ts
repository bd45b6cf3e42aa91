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
  /** Per project, one entry for each open room connection. */
  const places = new Map<string, Set<Place>>();
  const timers = new Map<string, NodeJS.Timeout>();

  function sendTo(subscriber: Subscriber, text: string): void {
    if (subscriber.socket.bufferedAmount > MAX_UNSENT)
      subscriber.socket.close(TOO_SLOW, "This connection is too slow; it starts anew.");
    else subscriber.socket.send(text);
  }

  /** A person with two tabs on an image is there once. */
  function placesOf(projectId: string): LiveMessage {
    const byPersonAndImage = new Map(
      [...(places.get(projectId) ?? [])].map((p) => [`${p.userId} ${p.imageId}`, p]),
    );
    return { type: "places", places: [...byPersonAndImage.values()] };
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

    /** Somebody opened an image; call the answer when they leave it. */
    enter(projectId: string, place: Place): () => void {
      const all = places.get(projectId) ?? new Set();
      places.set(projectId, all.add(place));
      publishPlacesSoon(projectId);
      return () => {
        all.delete(place);
        if (all.size === 0) places.delete(projectId);
        publishPlacesSoon(projectId);
      };
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
