import { ApiError, ERRORS, problem, type ErrorCode } from "./errors.ts";
import type { Input, Reply, Route } from "./route.ts";

/** The part of `fetch` that the client needs, handed in so that this room stays pure. */
export type Send = (
  url: string,
  init: { method: string; headers: Record<string, string>; body?: string },
) => Promise<{ ok: boolean; status: number; json(): Promise<unknown> }>;

/** The address of a route with its parameters and query filled in. */
export function addressOf(route: Route, input: { params?: unknown; query?: unknown } = {}): string {
  const params = (input.params ?? {}) as Record<string, string>;
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const pairs = Object.entries((input.query ?? {}) as Record<string, unknown>)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return pairs.length > 0 ? `${path}?${pairs.join("&")}` : path;
}

const isErrorCode = (code: string): code is ErrorCode => code in ERRORS;

/**
 * Calls a route; the answer is checked against the route's own schema.
 * @throws ApiError with the server's code and sentence when it refuses.
 */
export async function callRoute<R extends Route>(
  send: Send,
  route: R,
  input: Input<R>,
  origin = "",
): Promise<Reply<R>> {
  const given = input as { params?: unknown; query?: unknown; body?: unknown };
  const response = await send(`${origin}${addressOf(route, given)}`, {
    method: route.method,
    headers: given.body === undefined ? {} : { "content-type": "application/json" },
    ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
  });
  if (response.ok) {
    const data = response.status === 204 ? {} : await response.json();
    return route.reply.parse(data) as Reply<R>;
  }
  throw await refusalOf(response);
}

/** The refusal that a failed response carries, as an `ApiError`. */
export async function refusalOf(response: {
  status: number;
  json(): Promise<unknown>;
}): Promise<ApiError> {
  const parsed = problem.safeParse(await response.json().catch(() => null));
  if (parsed.success && isErrorCode(parsed.data.code))
    return new ApiError(parsed.data.code, parsed.data.detail);
  return new ApiError("internal-error", `The server answered ${response.status} without a reason.`);
}
