import type { PresenceState } from "@limn/shared/document";
import { countIn } from "./all-saved.ts";
import { openOfflineCopy } from "./offline-copy.ts";
import { type ImageSession, openSession } from "./session.ts";

/**
 * Opens the live document of an image at the page's own server. When the session's `ended` says `rebuild`, dispose of it
 * and call this again; `recoverDrafts` of the new one gives what was not saved.
 */
export async function openImage(options: {
  readonly imageId: string;
  readonly user: PresenceState["user"];
  /** May the person draw, by their role? Viewers keep no copy. */
  readonly write: boolean;
  /** Whether the others see me there; true when left out. */
  readonly present?: boolean;
  /** Told of failures of the browser's storage; the session goes on without it. */
  readonly onError: (error: unknown) => void;
}): Promise<ImageSession> {
  const { imageId, user, write, onError, present = true } = options;
  const copy = write
    ? await openOfflineCopy({ userId: user.id, imageId, now: Date.now, onError })
    : undefined;
  const address = `${location.origin.replace(/^http/, "ws")}/api/rooms`;
  const session = openSession({ imageId, address, user, write, copy, present });
  const stopCounting = countIn(session);
  return { ...session, dispose: () => session.dispose().finally(stopCounting) };
}
