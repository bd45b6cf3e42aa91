import type { Rooms } from "../rooms/index.ts";
import type { Store } from "../store/index.ts";
import type { LiveHub } from "./hub.ts";

/** Tells a project's live sockets who is on an image, when somebody comes to it or leaves it. */
export function createPlaceTeller(options: {
  readonly store: Store;
  readonly live: LiveHub;
  readonly people: Rooms["people"];
  readonly onError: (error: unknown) => void;
}): (imageId: string) => void {
  const { store, live, people, onError } = options;
  /** An image never moves to another project. */
  const projects = new Map<string, string>();

  async function tell(imageId: string): Promise<void> {
    const projectId = projects.get(imageId) ?? (await store.images.find(imageId))?.projectId;
    if (projectId === undefined) return;
    // Asked after the wait, so that the last answer is the last state.
    const present = people(imageId).map(({ userId, name, color }) => ({
      userId,
      name,
      color,
      imageId,
    }));
    if (present.length > 0) projects.set(imageId, projectId);
    else projects.delete(imageId);
    live.setPlaces(projectId, imageId, present);
  }

  return (imageId) => void tell(imageId).catch(onError);
}
