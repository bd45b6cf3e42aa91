import type { z } from "zod";
import type { Action } from "../access/index.ts";

/** What a caller must be: nobody in particular, signed in, or allowed an action in the project that the route is about. */
export type Permission = "public" | "signed-in" | Action;

/** How the request body travels when it is not JSON. */
export type Upload = "multipart";
/** What comes back when it is not JSON: bytes of an image, a file to keep, text. */
export type Download = "bytes";

/** One HTTP route: the only source for validation, OpenAPI and the client's types. */
export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: `/api/${string}`;
  readonly summary: string;
  readonly tag: string;
  readonly permission: Permission;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly reply: z.ZodType;
  /** Success status; 200 when absent. */
  readonly status?: 200 | 201 | 202 | 204;
  readonly upload?: Upload;
  readonly download?: Download;
}

export const route = <const R extends Route>(definition: R): R => definition;

type In<T> = T extends z.ZodType ? z.input<T> : undefined;
type Out<T> = T extends z.ZodType ? z.output<T> : undefined;
type Given<R extends Route, K extends "params" | "query" | "body", V> = R[K] extends z.ZodType
  ? { [P in K]: V }
  : { [P in K]?: undefined };

/** What a caller passes. */
export type Input<R extends Route> = Given<R, "params", In<R["params"]>> &
  Given<R, "query", In<R["query"]>> &
  Given<R, "body", In<R["body"]>>;
/** What a handler gets: parsed, defaults filled in. */
export type Parsed<R extends Route> = Given<R, "params", Out<R["params"]>> &
  Given<R, "query", Out<R["query"]>> &
  Given<R, "body", Out<R["body"]>>;
export type Reply<R extends Route> = z.output<R["reply"]>;
