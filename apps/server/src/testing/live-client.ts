import { WebSocket } from "ws";

/** A socket to the real server that keeps every JSON message. */
export interface LiveClient {
  readonly messages: { readonly type: string; readonly [key: string]: unknown }[];
  /** Resolves with the first message, past or coming, that fits. */
  next(
    fits: (message: LiveClient["messages"][number]) => boolean,
  ): Promise<LiveClient["messages"][number]>;
  /** Resolves with the close code. */
  readonly closed: Promise<number>;
  close(): void;
}

export function connectLive(url: string, headers: Readonly<Record<string, string>>): LiveClient {
  const socket = new WebSocket(url, { headers });
  const messages: LiveClient["messages"] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data: Buffer) => {
    messages.push(JSON.parse(data.toString()) as LiveClient["messages"][number]);
    for (const look of waiting) look();
  });
  const closed = new Promise<number>((resolve) => {
    socket.on("close", (code) => resolve(code));
    socket.on("error", () => resolve(-1));
  });
  return {
    messages,
    closed,
    close: () => socket.close(),
    next: (fits) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = messages.find(fits);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
