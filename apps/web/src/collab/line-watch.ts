import type { WebsocketProvider } from "y-websocket";

const QUERY_PRESENCE = Uint8Array.of(3);
const PATIENCE_MS = 3_000;

/**
 * Notices sooner than the provider's 30 s that a line is dead, and sooner than its back-off that it is worth another
 * try. The browser's word "offline" is not taken as it is: a server on the same machine is reached without a network.
 */
export function watchLine(provider: WebsocketProvider): { dispose: () => void } {
  if (typeof window === "undefined") return { dispose() {} };
  let timer: ReturnType<typeof setTimeout> | undefined;

  const probe = (): void => {
    const socket = provider.ws;
    if (socket === null || !provider.wsconnected) return;
    const before = provider.wsLastMessageReceived;
    socket.send(QUERY_PRESENCE);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const silent = provider.ws === socket && provider.wsLastMessageReceived === before;
      if (!silent || !provider.shouldConnect) return;
      provider.disconnect();
      provider.connect();
    }, PATIENCE_MS);
  };
  const tryAgain = (): void => {
    if (!provider.shouldConnect || provider.wsconnected || provider.wsconnecting) return probe();
    provider.wsUnsuccessfulReconnects = 0;
    provider.connect();
  };

  window.addEventListener("offline", probe);
  window.addEventListener("online", tryAgain);
  const onVisible = (): void => {
    if (document.visibilityState === "visible") tryAgain();
  };
  document.addEventListener("visibilitychange", onVisible);
  return {
    dispose() {
      clearTimeout(timer);
      window.removeEventListener("offline", probe);
      window.removeEventListener("online", tryAgain);
      document.removeEventListener("visibilitychange", onVisible);
    },
  };
}
