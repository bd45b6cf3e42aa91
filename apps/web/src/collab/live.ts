import { liveMessage, type LiveMessage } from "@limn/shared/api";

export interface Live {
  close(): void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * The project's live socket: who is where, changed images, classes, jobs. Comes back by itself with growing pauses;
 * `onOpen` runs at every (re)connection, so that lists can be asked for again. Stops for good on 44xx close codes.
 */
export function openLive(
  projectId: string,
  on: {
    message: (message: LiveMessage) => void;
    open: () => void;
    ended: (code: number) => void;
  },
): Live {
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  let closed = false;

  function connect(): void {
    const address = new URL(`/api/projects/${encodeURIComponent(projectId)}/live`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT_MS;
      on.open();
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      const parsed = liveMessage.safeParse(parse(event.data));
      if (parsed.success) on.message(parsed.data);
    });
    socket.addEventListener("close", (event) => {
      if (closed) return;
      if (event.code >= 4400 && event.code < 4500) {
        on.ended(event.code);
        return;
      }
      timer = setTimeout(connect, wait * (0.5 + Math.random()));
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    });
  }

  connect();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      socket?.close();
    },
  };
}

function parse(data: unknown): unknown {
  if (typeof data !== "string") return undefined;
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
