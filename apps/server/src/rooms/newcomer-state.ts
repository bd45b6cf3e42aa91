import * as Y from "yjs";
import { encodeAnswer, encodeUpdate } from "./protocol.ts";

/** Frames that bring somebody who has nothing up to date. */
export type NewcomerState = {
  readonly frames: (seq: number) => readonly [large: Uint8Array, rest: Uint8Array];
  readonly dispose: () => void;
};

/** How many rows old the shared frame may be before it is made afresh. */
const MOST_ROWS = 200;
const KEEP_MS = 10_000;

/** People who come together share one large frame with the whole state; what came after it is small. */
export function createNewcomerState(doc: Y.Doc): NewcomerState {
  let cached: { frame: Uint8Array; stateVector: Uint8Array; seq: number } | undefined;
  let timer: NodeJS.Timeout | undefined;

  function makeAfresh(seq: number): NonNullable<typeof cached> {
    clearTimeout(timer);
    // One large copy is not kept for those who stay.
    timer = setTimeout(() => {
      cached = undefined;
    }, KEEP_MS);
    timer.unref();
    return {
      frame: encodeUpdate(Y.encodeStateAsUpdate(doc)),
      stateVector: Y.encodeStateVector(doc),
      seq,
    };
  }

  return {
    frames(seq) {
      if (cached === undefined || seq - cached.seq > MOST_ROWS) cached = makeAfresh(seq);
      const rest = encodeAnswer(Y.encodeStateAsUpdate(doc, cached.stateVector));
      return [cached.frame, rest];
    },
    dispose() {
      clearTimeout(timer);
    },
  };
}
