import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { Route } from "@limn/shared/api";
import type { FastifyInstance, FastifySchema } from "fastify";
import { jsonSchemaTransform } from "fastify-type-provider-zod";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The contract's entry that this route serves. */
    contract?: Route;
  }
}

/** OpenAPI from the contract at /api/openapi.json, and a page to read and try it at /api/docs (all files local). */
export async function documentApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Limn",
        version,
        description:
          "Sign in with the session cookie or `Authorization: Bearer <token>` (POST /api/tokens). Errors are RFC 9457 problem details with a `code`.",
      },
      components: {
        securitySchemes: {
          session: { type: "apiKey", in: "cookie", name: "limn.session_token" },
          token: { type: "http", scheme: "bearer" },
        },
      },
      security: [{ session: [] }, { token: [] }],
    },
    transform: (input) => {
      const contract = input.route.config?.contract;
      const done = jsonSchemaTransform(input);
      return contract === undefined ? done : { ...done, schema: describe(contract, done.schema) };
    },
  });
  await app.register(swaggerUi, { routePrefix: "/api/docs" });
  app.get("/api/openapi.json", { schema: { hide: true } }, () => app.swagger());
}

/** What zod cannot say: bodies that are files, answers that are bytes, refusals. */
function describe(contract: Route, schema: FastifySchema): FastifySchema {
  const binary = { type: "string", format: "binary" };
  return {
    ...schema,
    ...(contract.upload === "multipart"
      ? {
          consumes: ["multipart/form-data"],
          body: {
            type: "object",
            properties: { files: { type: "array", items: binary } },
          },
        }
      : {}),
    ...(contract.download === "bytes"
      ? {
          response: {
            200: {
              description: "The bytes",
              content: { "application/octet-stream": { schema: binary } },
            },
          },
        }
      : {}),
    ...(contract.permission === "public" ? { security: [] } : {}),
  };
}
