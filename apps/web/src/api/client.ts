import {
  ApiError,
  callRoute,
  refusalOf,
  type Input,
  type Reply,
  type Route,
} from "@limn/shared/api";

type Listener = () => void;
const signedOutListeners = new Set<Listener>();

/** Runs `listener` whenever the server says that the session is over; returns the way to stop. */
export function onSignedOut(listener: Listener): () => void {
  signedOutListeners.add(listener);
  return () => signedOutListeners.delete(listener);
}

/** Tells the page that the session is over, so that it can ask to sign in again in place. */
export function reportSignedOut(): void {
  for (const listener of signedOutListeners) listener();
}

const signedInListeners = new Set<Listener>();

/** Runs `listener` when a session that had ended was renewed in place. */
export function onSignedInAgain(listener: Listener): () => void {
  signedInListeners.add(listener);
  return () => signedInListeners.delete(listener);
}

export function reportSignedInAgain(): void {
  for (const listener of signedInListeners) listener();
}

/**
 * Calls the server that served this page.
 * @throws ApiError with a sentence for people, also when the server cannot be reached.
 */
export async function call<R extends Route>(route: R, input: Input<R>): Promise<Reply<R>> {
  try {
    return await callRoute(reach, route, input);
  } catch (error) {
    if (error instanceof ApiError && error.code === "not-signed-in" && route.path !== "/api/me")
      reportSignedOut();
    throw error;
  }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, credentials: "same-origin" });
  } catch {
    throw new ApiError(
      "unavailable",
      "The server cannot be reached. Check the connection and try again.",
    );
  }
}

/** Sends a form with files and reports the share sent (0..1). Resolves with the parsed answer. */
export function sendForm(
  url: string,
  form: FormData,
  options: { onProgress?: (share: number) => void; signal?: AbortSignal } = {},
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      const json = async (): Promise<unknown> => JSON.parse(request.responseText);
      if (request.status >= 200 && request.status < 300) {
        json().then(resolve, () =>
          reject(new ApiError("internal-error", "The server's answer could not be read.")),
        );
        return;
      }
      if (request.status === 401) reportSignedOut();
      refusalOf({ status: request.status, json }).then(reject, reject);
    });
    const unreachable = () =>
      reject(new ApiError("unavailable", "The connection broke. Nothing is lost; try again."));
    request.addEventListener("error", unreachable);
    request.addEventListener("timeout", unreachable);
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    options.signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** The sentence to show for anything that was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return "Something unexpected happened in the page. Reload it; your work is kept.";
}
