import { ApiError } from "@limn/shared/api";
import { betterAuth } from "better-auth";
import { APIError } from "better-auth/api";
import { createId, createSecret, hashSecret } from "../ids.ts";
import type { Store, UserRow } from "../store/index.ts";
import { nextColor } from "./palette.ts";

/** Whoever a request or a socket comes from. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly color: string;
  readonly owner: boolean;
  /** A session can change the password, a token cannot. */
  readonly via: "session" | "token";
}

export type Accounts = ReturnType<typeof createAccounts>;

/** Set-Cookie lines that go to the browser with the answer. */
type WithCookies<T> = { readonly value: T; readonly cookies: readonly string[] };

const SESSION_DAYS = 30;
/** How long a credential that was good is taken as good without asking the catalog again. */
const REMEMBER_MS = 10_000;
const REMEMBERED = 5000;

interface Options {
  readonly store: Store;
  readonly secret: string;
  readonly publicUrl: string | null;
  readonly now: () => Date;
}

/**
 * Accounts, sessions and API tokens. better-auth keeps passwords (scrypt) and sessions; its own routes are never
 * mounted, ours call it. It answers an unknown e-mail as slowly and with the same words as a wrong password.
 */
export function createAccounts({ store, secret, publicUrl, now }: Options) {
  const auth = betterAuth({
    database: { db: store.db, type: "sqlite" },
    secret,
    // Nothing is linked to or redirected by better-auth, so that any address serves where none is configured.
    baseURL: publicUrl ?? "http://127.0.0.1",
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: { enabled: true, minPasswordLength: 8, maxPasswordLength: 200 },
    session: { expiresIn: SESSION_DAYS * 86_400, updateAge: 86_400 },
    user: {
      additionalFields: {
        color: { type: "string", required: true, input: true },
        owner: { type: "boolean", required: false, defaultValue: false, input: false },
      },
    },
    advanced: {
      cookiePrefix: "limn",
      useSecureCookies: publicUrl?.startsWith("https:") ?? false,
      database: { generateId: () => createId() },
      // Addresses of people are personal data that nothing here needs.
      ipAddress: { disableIpTracking: true },
    },
  });
  const remembered = new Map<string, { person: Person; until: number }>();
  const listeners = new Set<(userId: string) => void>();
  /** Rises when anything is forgotten, so that an answer looked up before is not remembered after. */
  let forgotten = 0;

  function remember(credential: string, person: Person, asked: number): void {
    if (asked !== forgotten) return;
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(credential, { person, until: now().getTime() + REMEMBER_MS });
  }

  /** Everything known of this person is asked anew, and whoever holds sockets of theirs looks again. */
  function forget(userId: string): void {
    forgotten++;
    for (const [credential, { person }] of remembered)
      if (person.id === userId) remembered.delete(credential);
    for (const listener of listeners) listener(userId);
  }

  async function signUp(
    account: { name: string; email: string; password: string },
    origin: string,
  ): Promise<WithCookies<UserRow>> {
    if ((await store.people.findUserByEmail(account.email)) !== undefined)
      throw new ApiError(
        "already-exists",
        "There is an account with this e-mail already: sign in with it.",
      );
    const { headers, response } = await auth.api.signUpEmail({
      body: { ...account, color: await nextUserColor() },
      headers: new Headers({ origin }),
      returnHeaders: true,
    });
    const user = await store.people.findUser(response.user.id);
    if (user === undefined) throw new Error("An account that was just made is not there.");
    return { value: user, cookies: headers.getSetCookie() };
  }

  async function nextUserColor(): Promise<string> {
    const users = await store.db.selectFrom("user").select("color").execute();
    return nextColor(users.map((user) => user.color));
  }

  async function identifyByToken(token: string): Promise<Person | null> {
    const row = await store.people.findTokenByHash(hashSecret(token));
    if (row === undefined) return null;
    const user = await store.people.findUser(row.userId);
    if (user === undefined) return null;
    // On a full disk people still read: that the time cannot be noted is no reason to turn them away.
    await store.people.touchToken(row.id, now().toISOString()).catch(() => {});
    return personOf(user, "token");
  }

  return {
    signUp,

    /** Makes the owner's account, once in the life of an installation. */
    async setUp(
      account: { name: string; email: string; password: string },
      origin: string,
    ): Promise<WithCookies<UserRow>> {
      if (!(await store.settings.claim("owner", now().toISOString())))
        throw new ApiError(
          "already-set-up",
          "The owner's account was made already: sign in, or ask for an invitation.",
        );
      try {
        const made = await signUp(account, origin);
        await store.people.updateUser(made.value.id, { owner: 1 }, now().toISOString());
        return { ...made, value: { ...made.value, owner: 1 } };
      } catch (error) {
        await store.settings.release("owner");
        throw error;
      }
    },

    isSetUp: async (): Promise<boolean> => (await store.settings.get("owner")) !== null,

    async signIn(email: string, password: string): Promise<WithCookies<UserRow>> {
      const { headers, response } = await auth.api
        .signInEmail({ body: { email, password }, returnHeaders: true })
        .catch((error: unknown) => {
          if (error instanceof APIError)
            throw new ApiError(
              "wrong-credentials",
              "The e-mail or the password is wrong. Passwords are case-sensitive.",
            );
          throw error;
        });
      const user = await store.people.findUser(response.user.id);
      if (user === undefined) throw new Error("Somebody signed in who is not there.");
      return { value: user, cookies: headers.getSetCookie() };
    },

    /** Ends the session of this cookie, if it is one; the cookies that come back clear it in the browser. */
    async signOut(cookie: string): Promise<readonly string[]> {
      const headers = new Headers({ cookie });
      const session = await auth.api.getSession({ headers });
      const { headers: answer } = await auth.api.signOut({ headers, returnHeaders: true });
      if (session !== null) forget(session.user.id);
      return answer.getSetCookie();
    },

    /** Changes the password; all other sessions of this person end. */
    async changePassword(
      cookie: string,
      userId: string,
      current: string,
      next: string,
    ): Promise<readonly string[]> {
      const { headers } = await auth.api
        .changePassword({
          body: { currentPassword: current, newPassword: next, revokeOtherSessions: true },
          headers: new Headers({ cookie }),
          returnHeaders: true,
        })
        .catch((error: unknown) => {
          if (error instanceof APIError)
            throw new ApiError("wrong-credentials", "The present password is wrong.");
          throw error;
        });
      forget(userId);
      return headers.getSetCookie();
    },

    /**
     * Who has this cookie or token; null: nobody. `cookies` is not empty when a session was prolonged.
     * Answers are remembered for ten seconds, as tiles and sockets ask often.
     */
    async identify(credentials: {
      readonly cookie?: string | undefined;
      readonly token?: string | undefined;
    }): Promise<WithCookies<Person | null>> {
      const { cookie, token } = credentials;
      const key = token === undefined ? `cookie ${cookie ?? ""}` : `token ${token}`;
      const known = remembered.get(key);
      if (known !== undefined && known.until > now().getTime())
        return { value: known.person, cookies: [] };
      const asked = forgotten;
      if (token !== undefined) {
        const person = await identifyByToken(token);
        if (person !== null) remember(key, person, asked);
        return { value: person, cookies: [] };
      }
      if (cookie === undefined || !cookie.includes("limn.session_token="))
        return { value: null, cookies: [] };
      const { headers, response } = await auth.api.getSession({
        headers: new Headers({ cookie }),
        returnHeaders: true,
      });
      const user = response === null ? undefined : await store.people.findUser(response.user.id);
      if (user === undefined) return { value: null, cookies: [] };
      const person = personOf(user, "session");
      remember(key, person, asked);
      return { value: person, cookies: headers.getSetCookie() };
    },

    async createToken(userId: string, name: string) {
      const token = `limn_${createSecret()}`;
      const row = {
        id: createId(),
        userId,
        name,
        prefix: token.slice(0, 10),
        hash: hashSecret(token),
        createdAt: now().toISOString(),
        lastUsedAt: null,
      };
      await store.people.insertToken(row);
      return { ...row, token };
    },

    async revokeToken(userId: string, id: string): Promise<boolean> {
      const gone = await store.people.deleteToken(userId, id);
      if (gone) forget(userId);
      return gone;
    },

    forget,

    /** Calls back when the rights of a person may have changed: sign-out, new password, role, token. */
    onForget(listener: (userId: string) => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function personOf(user: UserRow, via: Person["via"]): Person {
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    color: user.color,
    owner: user.owner === 1,
    via,
  };
}
