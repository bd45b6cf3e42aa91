/**
 * Why the server closes a room's socket. One table: the server closes with these codes and sentences, the client
 * looks up what to do. y-websocket >= 3.1 stops reconnecting on 4400-4499 and retries every other code with back-off.
 */

/**
 * What a client does after a close:
 * `retry` it reconnects by itself; `sign-in` sign in again in place, then `connect()`; `rebuild` keep the edits that
 * were not acknowledged aside as drafts and open a new document (the old one holds what the server refused);
 * `stop` there is nothing to reconnect to.
 */
export type CloseAction = "retry" | "sign-in" | "rebuild" | "stop";

export type CloseCodeEntry = {
  readonly name: string;
  /** What happened and what to do, for people. */
  readonly sentence: string;
  readonly client: CloseAction;
};

export const CLOSE_CODES = {
  1012: {
    name: "restart",
    sentence: "The server is restarting; the connection comes back by itself.",
    client: "retry",
  },
  4400: {
    name: "malformed",
    sentence:
      "The server did not accept an edit because it is not well formed; it is kept as a draft.",
    client: "rebuild",
  },
  4401: {
    name: "session-expired",
    sentence: "Your session has expired; sign in again, your edits are kept.",
    client: "sign-in",
  },
  4403: {
    name: "no-right",
    sentence: "You may not edit this image; what was not saved is kept as a draft.",
    client: "rebuild",
  },
  4404: {
    name: "no-such-image",
    sentence: "This image is no longer there; what was not saved is kept as a draft.",
    client: "stop",
  },
  4409: {
    name: "out-of-step",
    sentence:
      "This page's copy of the image does not fit the server's; it is opened afresh and unsaved edits are kept as drafts.",
    client: "rebuild",
  },
  4413: {
    name: "too-large",
    sentence: "An edit is larger than the server takes at once (8 MiB); it is kept as a draft.",
    client: "rebuild",
  },
  4423: {
    name: "locked",
    sentence: "This image is locked; what was not saved is kept as a draft.",
    client: "rebuild",
  },
  4503: {
    name: "storage-failed",
    sentence:
      "The server cannot store edits at present (its disk may be full); yours are kept here and sent again.",
    client: "retry",
  },
  4508: {
    name: "too-slow",
    sentence: "The connection could not keep up; it is made again by itself.",
    client: "retry",
  },
} as const satisfies Record<number, CloseCodeEntry>;

export type CloseCode = keyof typeof CLOSE_CODES;

/** Whether a close event's code is one of ours. */
export function isCloseCode(code: number): code is CloseCode {
  return Object.hasOwn(CLOSE_CODES, code);
}

/** What to do after a close with any code, ours or the network's own. */
export function closeActionOf(code: number): CloseAction {
  if (isCloseCode(code)) return CLOSE_CODES[code].client;
  return code >= 4400 && code < 4500 ? "stop" : "retry";
}
