export interface CountingHooks {
  /** The socket's `frame`-th frame that bears an update goes out. */
  readonly onSend: (frame: number, answer: boolean) => void;
}

/**
 * A WebSocket class for one provider that counts as the server does: sync messages 1 (answer to a state vector) and 2
 * (update). Each socket counts from nothing.
 */
export function createCountingSocket(
  Base: typeof WebSocket,
  hooks: CountingHooks,
): typeof WebSocket {
  return class CountingSocket extends Base {
    #frames = 0;

    override send(data: Parameters<WebSocket["send"]>[0]): void {
      super.send(data);
      const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
      if (!(bytes instanceof Uint8Array) || bytes[0] !== 0) return;
      if (bytes[1] === 1 || bytes[1] === 2) hooks.onSend(++this.#frames, bytes[1] === 1);
    }
  };
}
