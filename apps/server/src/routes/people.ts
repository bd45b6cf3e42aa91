import { api, ApiError } from "@limn/shared/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Parts } from "../parts.ts";
import { giveSampleToOwner } from "../sample/make-sample.ts";
import { presentMe } from "./present.ts";
import { sendCookies, type Serve } from "./serve.ts";

const WINDOW = "1 minute";
/** Sign-ins per address, whoever it is that is tried. */
const PER_ADDRESS = 60;
/** Sign-ins per address and e-mail. */
const PER_ACCOUNT = 10;

export function servePeople(serve: Serve, app: FastifyInstance, parts: Parts): void {
  const { accounts, store, now } = parts;

  serve(
    api.setUp,
    async ({ body, request, reply }) => {
      const { value, cookies } = await accounts.setUp(body, originOf(request));
      await giveSampleToOwner(parts);
      sendCookies(reply, cookies);
      return presentMe(value);
    },
    { rateLimit: { max: PER_ADDRESS, timeWindow: WINDOW } },
  );

  const perAddress = app.createRateLimit({ max: PER_ADDRESS, timeWindow: WINDOW });
  const perAccount = app.createRateLimit({
    max: PER_ACCOUNT,
    timeWindow: WINDOW,
    // The address too: nobody locks somebody else out.
    keyGenerator: (request) => `${request.ip} ${emailIn(request.body)}`,
  });

  serve(api.signIn, async ({ body, request, reply }) => {
    for (const check of [perAddress, perAccount]) {
      const result = await check(request);
      if (!result.isAllowed && result.isExceeded)
        throw new ApiError(
          "too-many-requests",
          `There were too many attempts to sign in: try again in ${result.ttlInSeconds} seconds.`,
        );
    }
    const { value, cookies } = await accounts.signIn(body.email, body.password);
    sendCookies(reply, cookies);
    return presentMe(value);
  });

  serve(api.signOut, async ({ request, reply }) => {
    sendCookies(reply, await accounts.signOut(request.headers.cookie ?? ""));
    return {};
  });

  serve(api.getMe, async ({ person }) => presentMe(person));

  serve(
    api.patchMe,
    async ({ body, person, request, reply }) => {
      const { password, currentPassword, name, color } = body;
      if (password !== undefined) {
        if (currentPassword === undefined)
          throw new ApiError(
            "invalid-request",
            "currentPassword: The present password is needed to set a new one.",
          );
        if (person.via === "token")
          throw new ApiError("forbidden", "A token cannot change the password: sign in for that.");
        const cookie = request.headers.cookie ?? "";
        sendCookies(
          reply,
          await accounts.changePassword(cookie, person.id, currentPassword, password),
        );
      }
      await store.people.updateUser(
        person.id,
        { ...(name === undefined ? {} : { name }), ...(color === undefined ? {} : { color }) },
        now().toISOString(),
      );
      accounts.forget(person.id);
      const user = await store.people.findUser(person.id);
      return presentMe(user ?? person);
    },
    { rateLimit: { max: PER_ADDRESS, timeWindow: WINDOW } },
  );

  serve(api.listTokens, async ({ person }) => ({
    items: (await store.people.listTokens(person.id)).map(
      ({ id, name, prefix, createdAt, lastUsedAt }) => ({
        id,
        name,
        prefix,
        createdAt,
        lastUsedAt,
      }),
    ),
  }));

  serve(api.createToken, async ({ body, person }) => {
    const { id, name, prefix, createdAt, token } = await accounts.createToken(person.id, body.name);
    return { id, name, prefix, createdAt, lastUsedAt: null, token };
  });

  serve(api.deleteToken, async ({ params, person }) => {
    if (!(await accounts.revokeToken(person.id, params.tokenId)))
      throw new ApiError("not-found", "You have no such token; it may have been revoked already.");
    return {};
  });
}

/** better-auth wants to know where a sign-up came from; the Origin itself was checked before. */
export function originOf(request: FastifyRequest): string {
  return request.headers.origin ?? `${request.protocol}://${request.host}`;
}

function emailIn(body: unknown): string {
  return typeof body === "object" && body !== null && "email" in body
    ? String(body.email).toLowerCase()
    : "";
}
