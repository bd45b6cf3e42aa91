import type { ImageRef, OwnNetwork } from "./messages.ts";
import { createWorkerClient, type WorkerClient } from "./worker-client.ts";

/** More than it took when it was measured, and then some: something hangs. */
const PATIENCE = 4;
const PATIENCE_MS = 5000;

export type LocalEncoder = ReturnType<typeof createLocalEncoder>;

/**
 * The project's encoder on this computer's graphics card, in a worker of its own so that no click waits for it. It is used only
 * once it has given for a picture what the server gave, and is known to take how long.
 */
export function createLocalEncoder(softwareGpu: boolean) {
  let client: WorkerClient | undefined;
  const tried = new Set<string>();
  /** Milliseconds to make an embedding and to send it, by the encoder's version. */
  const times = new Map<string, number>();

  async function ask(image: ImageRef, own: OwnNetwork, check: boolean): Promise<number> {
    client ??= createWorkerClient();
    const question = { type: "encode", image, own, check, softwareGpu } as const;
    return (await client.ask(question, "encoded")).ms;
  }

  /** What is refused, fails or hangs gives its memory back. */
  function stop(): void {
    client?.dispose();
    client = undefined;
  }

  return {
    /** Undefined as long as it is not to be used. */
    msOf: ({ embedding }: OwnNetwork): number | undefined =>
      embedding === null ? undefined : times.get(embedding.version),

    /** Once for each encoder, with a picture whose embedding is there. Nobody waits for it, so a failure is not told. */
    async tryOut(image: ImageRef, own: OwnNetwork): Promise<void> {
      const { embedding } = own;
      if (!embedding?.encoder || tried.has(embedding.version) || savesData()) return;
      tried.add(embedding.version);
      const ms = await ask(image, own, true).catch(() => undefined);
      if (ms === undefined) stop();
      else times.set(embedding.version, ms);
    },

    /** Makes an embedding and sends it. What fails once is not used again. @throws Error with a sentence */
    async make(image: ImageRef, own: OwnNetwork): Promise<void> {
      const version = own.embedding?.version ?? "";
      const limitMs = PATIENCE * (times.get(version) ?? 0) + PATIENCE_MS;
      try {
        await within(limitMs, ask(image, own, false));
      } catch (error) {
        times.delete(version);
        stop();
        throw error;
      }
    },

    dispose: stop,
  };
}

/** Encoders are large. */
const savesData = (): boolean =>
  (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("The graphics card does not answer.")), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
