import { ApiError } from "@limn/shared/api";
import type { ImageSession } from "./session.ts";

const PATIENCE_MS = 10_000;
/** Open in this page, or left and still sending. */
const sessions = new Set<Pick<ImageSession, "flushed">>();

/** From now on `whenAllSaved` waits for this session's edits too. Returns the way to end that. */
export function countIn(session: Pick<ImageSession, "flushed">): () => void {
  sessions.add(session);
  return () => void sessions.delete(session);
}

/**
 * Resolves when all edits made in this page are on the server's disk, so that what is asked of it next has them.
 * @throws ApiError with a sentence when that takes too long. What a session cannot save any more is not waited for: it is
 * offered as a draft.
 */
export async function whenAllSaved(patienceMs = PATIENCE_MS): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new ApiError(
            "unavailable",
            "Your last edits are not saved yet; they are kept in this browser. Try again when the connection is back.",
          ),
        ),
      patienceMs,
    );
  });
  try {
    await Promise.race([
      Promise.allSettled([...sessions].map((session) => session.flushed())),
      tooLate,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
