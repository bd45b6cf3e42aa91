/** What a worker's failure is marked with when the network that was asked is to blame. */
export const NETWORK_FAULT = "NETWORK_FAULT";

/** A network that does not load, fails, or answers with what is no answer. */
export class NetworkFault extends Error {
  override readonly name = "NetworkFault";
  readonly code = NETWORK_FAULT;
}

/** What fails in `ask` is the network's fault. */
export async function blameNetwork<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw new NetworkFault(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
