import { ApiError, type Parsed, type Permission, type Reply, type Route } from "@limn/shared/api";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Accounts, Person } from "../people/accounts.ts";
import type { ClassRow, ImageRow, JobRow, ProjectRow, Store } from "../store/index.ts";
import { checkPermission, findSubject, type Subject } from "./subject.ts";

declare module "fastify" {
  interface FastifyRequest {
    person: Person | null;
    subject: Subject;
  }
}

type Params<R extends Route> = R["params"] extends z.ZodType ? z.output<R["params"]> : object;

/** By the ids in a route's path the handler gets what they name. */
type SubjectOf<P> = P extends { imageId: string }
  ? { image: ImageRow; project: ProjectRow }
  : P extends { classId: string }
    ? { annotationClass: ClassRow; project: ProjectRow }
    : P extends { jobId: string }
      ? { job: JobRow; project: ProjectRow }
      : P extends { projectId: string }
        ? { project: ProjectRow }
        : object;

type PersonOf<P extends Permission> = P extends "public" ? Person | null : Person;

/** What a handler gets: parsed input, whom it is for, and what it is about; permission has been checked. */
type Call<R extends Route> = Parsed<R> &
  SubjectOf<Params<R>> & {
    person: PersonOf<R["permission"]>;
    request: FastifyRequest;
    reply: FastifyReply;
  };

/** JSON routes return their reply; those that send bytes answer through `reply` and return it. */
type Answer<R extends Route> = R["download"] extends "bytes" ? FastifyReply : Reply<R>;

interface ServeOptions {
  /** Also for images in the bin. */
  readonly inBin?: boolean;
  /** Limits of `@fastify/rate-limit`. */
  readonly rateLimit?: object;
}

export type Serve = <R extends Route>(
  route: R,
  handler: (call: Call<R>) => Promise<Answer<R>>,
  options?: ServeOptions,
) => void;

/** Makes the function by which every route of the contract is served: who, may they, valid?, then the handler. */
export function createServe(
  app: FastifyInstance,
  { store, accounts }: { store: Store; accounts: Accounts },
): Serve {
  return (route, handler, options = {}) => {
    app.route({
      method: route.method,
      url: route.path,
      config: {
        contract: route,
        ...(options.rateLimit === undefined ? {} : { rateLimit: options.rateLimit }),
      },
      schema: {
        summary: route.summary,
        tags: [route.tag],
        ...(route.params ? { params: route.params } : {}),
        ...(route.query ? { querystring: route.query } : {}),
        ...(route.body ? { body: route.body } : {}),
        ...(route.download ? {} : { response: { [route.status ?? 200]: route.reply } }),
      },
      // Before the body is read: nobody who may not do this makes the server parse megabytes.
      onRequest: async (request, reply) => {
        request.person = await identifyRequest(accounts, request, reply);
        if (route.permission !== "public" && request.person === null)
          throw new ApiError("not-signed-in", "Sign in, or send an API token.");
        const ids = request.params as Record<string, string | undefined>;
        request.subject = await findSubject(store, ids, options.inBin ?? false);
        await checkPermission(store, route.permission, request.person, request.subject.project);
      },
      handler: async (request, reply) => {
        if (route.status !== undefined) reply.code(route.status);
        const call = {
          params: request.params,
          query: request.query,
          body: request.body,
          person: request.person,
          request,
          reply,
          ...request.subject,
        };
        // The schemas above are the route's own, so what they let through has the types that it promises.
        return handler(call as unknown as Call<typeof route>);
      },
    });
  };
}

/** A bearer token goes before the cookie. A session that was prolonged sends its cookie again. */
async function identifyRequest(
  accounts: Accounts,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Person | null> {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
    const { value } = await accounts.identify({ token: token ?? "" });
    if (value === null)
      throw new ApiError("not-signed-in", "The API token is not valid; it may have been revoked.");
    return value;
  }
  const { value, cookies } = await accounts.identify({ cookie });
  sendCookies(reply, cookies);
  return value;
}

export function sendCookies(reply: FastifyReply, cookies: readonly string[]): void {
  for (const cookie of cookies) reply.header("set-cookie", cookie);
}
