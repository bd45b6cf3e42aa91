import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  api,
  ApiError,
  callRoute,
  type ErrorCode,
  type Input,
  type Reply,
  type Route,
  type Send,
} from "@limn/shared/api";
import type { Role } from "@limn/shared/access";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { buildApp } from "../app.ts";
import { readConfig } from "../config.ts";
import { IMAGE_LIMITS, type ImageLimits } from "../images/limits.ts";
import { openParts } from "../open-parts.ts";

export type TestApp = Awaited<ReturnType<typeof buildTestApp>>;

/** The real server over a folder of its own, without the sample project; `close` removes the folder. */
export async function buildTestApp(
  environment: Record<string, string> = {},
  limits?: Partial<ImageLimits>,
) {
  const dataDir = await mkdtemp(join(tmpdir(), "limn-server-"));
  const config = readConfig({
    DATA_DIR: dataDir,
    LOG_LEVEL: "silent",
    LIMN_SAMPLE: "0",
    ...environment,
  });
  let ahead = 0;
  const parts = await openParts(config, {
    now: () => new Date(Date.now() + ahead),
    ...(limits === undefined ? {} : { limits: { ...IMAGE_LIMITS, ...limits } }),
  });
  const app = await buildApp(parts, join(dataDir, "no-web-app"), parts.drain);
  await parts.start();
  return {
    app,
    parts,
    dataDir,
    /** Lets time pass for everything that asks the server's clock. */
    advance: (ms: number): void => {
      ahead += ms;
    },
    async close(): Promise<void> {
      await app.close();
      await parts.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Somebody who talks to the server: by the contract's client, or with raw requests. */
export interface Actor {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  call<R extends Route>(route: R, input: Input<R>): Promise<Reply<R>>;
  /** The code of the refusal; throws when the call succeeds. */
  refusal<R extends Route>(route: R, input: Input<R>): Promise<ErrorCode>;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
}

/** Without `headers`: a stranger. */
export function createActor(
  app: FastifyInstance,
  id = "",
  headers: Readonly<Record<string, string>> = {},
): Actor {
  const inject = (options: InjectOptions): Promise<LightMyRequestResponse> =>
    app.inject({ ...options, headers: { ...headers, ...options.headers } });
  const send: Send = async (url, init) => {
    const response = await inject({
      method: init.method,
      url,
      headers: init.headers,
      ...(init.body === undefined ? {} : { payload: init.body }),
    });
    return {
      ok: response.statusCode < 400,
      status: response.statusCode,
      json: () => Promise.resolve(response.json()),
    };
  };
  return {
    id,
    headers,
    inject,
    call: (route, input) => callRoute(send, route, input),
    async refusal(route, input) {
      try {
        await callRoute(send, route, input);
      } catch (error) {
        if (error instanceof ApiError) return error.code;
        throw error;
      }
      throw new Error(`${route.method} ${route.path} was expected to be refused.`);
    },
  };
}

const PASSWORD = "correct horse battery";

/** Signs in (or sets up) and keeps the cookie. */
async function signIn(app: FastifyInstance, route: Route, body: object): Promise<Actor> {
  const response = await app.inject({ method: route.method, url: route.path, payload: body });
  if (response.statusCode >= 300) throw new Error(response.body);
  const cookie = response.cookies.map((c) => `${c.name}=${encodeURIComponent(c.value)}`).join("; ");
  return createActor(app, response.json<{ id: string }>().id, { cookie });
}

/** The owner of a fresh installation. */
export function createOwner(app: FastifyInstance): Promise<Actor> {
  return signIn(app, api.setUp, {
    name: "Olga Owner",
    email: "owner@example.org",
    password: PASSWORD,
  });
}

export function signInOwner(app: FastifyInstance): Promise<Actor> {
  return signIn(app, api.signIn, { email: "owner@example.org", password: PASSWORD });
}

let people = 0;

/** A new person who joins a project by an invitation of `lead`. */
export async function joinProject(
  app: FastifyInstance,
  lead: Actor,
  projectId: string,
  role: Role,
): Promise<Actor> {
  const { path } = await lead.call(api.createInvitation, {
    params: { projectId },
    body: { role },
  });
  const email = `${role}${++people}@example.org`;
  await createActor(app).call(api.acceptInvitation, {
    params: { secret: path.slice("/invite/".length) },
    body: { name: `${role} ${people}`, email, password: PASSWORD },
  });
  return signIn(app, api.signIn, { email, password: PASSWORD });
}
