import type { PresenceState } from "@limn/shared/document";
import { listWaitingImages } from "./offline-copy.ts";
import { openImage } from "./open-image.ts";

/**
 * Sends edits that an earlier visit to the page left behind on images that are perhaps never opened again. To be called
 * once, when it is known who is here. An image that is also open in the page is no harm: updates repeat harmlessly.
 * Resolves with the number of images whose edits are saved now.
 */
export async function sendLeftOvers(options: {
  readonly user: PresenceState["user"];
  readonly onError: (error: unknown) => void;
}): Promise<number> {
  const { user, onError } = options;
  let saved = 0;
  for (const imageId of await listWaitingImages(user.id)) {
    const session = await openImage({ imageId, user, write: true, onError, present: false });
    // A refusal leaves a draft, which is offered when the image is opened.
    await session.flushed().then(
      () => saved++,
      () => {},
    );
    await session.dispose();
  }
  return saved;
}
