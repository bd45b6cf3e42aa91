import type { LocalEncoder } from "./local-encoder.ts";
import type { ImageRef, OwnNetwork } from "./messages.ts";
import type { prepareRemotely } from "./remote.ts";

/** Sees to it that embeddings are made before anybody clicks. */
export interface Ahead {
  /** Has the embedding made, here or on the server, wherever that is faster; `own`: null where only the server can. */
  see(image: ImageRef, own: OwnNetwork | null): void;
  /** Resolves at once unless this computer is making it: whoever asked the server for it meanwhile would have it made there too. */
  whenMade(image: ImageRef): Promise<void>;
}

export function createAhead(
  encoder: Pick<LocalEncoder, "msOf" | "make">,
  prepare: typeof prepareRemotely,
): Ahead {
  const underWay = new Map<string, Promise<void>>();

  async function make(image: ImageRef, own: OwnNetwork, ms: number): Promise<void> {
    const { version: v = "" } = own.embedding ?? {};
    if ((await prepare(image, { ms, v })) !== "caller") return;
    await encoder.make(image, own).catch(() => prepare(image));
  }

  return {
    see(image, own) {
      if (underWay.has(image.id)) return;
      const ms = own === null ? undefined : encoder.msOf(own);
      if (own === null || ms === undefined) {
        void prepare(image);
        return;
      }
      const making = make(image, own, ms).finally(() => underWay.delete(image.id));
      underWay.set(image.id, making);
    },
    whenMade: (image) => underWay.get(image.id) ?? Promise.resolve(),
  };
}
