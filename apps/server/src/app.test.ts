import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { api } from "@limn/shared/api";
import type { InjectOptions } from "fastify";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildApp } from "./app.ts";
import { redactUrl } from "./log.ts";
import { buildTestApp, createOwner, type Actor, type TestApp } from "./testing/test-app.ts";

let server: TestApp;
let owner: Actor;
beforeAll(async () => {
  server = await buildTestApp();
  owner = await createOwner(server.app);
});
afterAll(() => server.close());
const get = (url: string, headers: Record<string, string> = {}) =>
  server.app.inject({ method: "GET", url, headers });

test("[SH1] pages are cross-origin isolated and run only our own scripts", async () => {
  const { headers } = await get("/api/health");
  expect(headers).toMatchObject({
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
  });
  const policy = String(headers["content-security-policy"]);
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'");
  expect(policy).not.toMatch(/script-src[^;]*'unsafe-inline'/);
});

test("[SH2] every route of the contract is served and described, in one document", async () => {
  const document = (await get("/api/openapi.json")).json<{
    openapi: string;
    paths: Record<string, Record<string, { summary?: string; requestBody?: object }>>;
  }>();
  expect(document.openapi).toBe("3.1.0");
  const described = new Set(
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  );
  // These come with their own rooms: the network, and formats.
  const elsewhere = new Set(["segment", "listFormats", "createExport", "createImport"]);
  const missing = Object.entries(api)
    .filter(([name]) => !elsewhere.has(name))
    .map(([, { method, path }]) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`)
    .filter((route) => !described.has(route));
  expect(missing).toEqual([]);
  const upload = document.paths["/api/projects/{projectId}/images"]?.["post"];
  expect(JSON.stringify(upload?.requestBody)).toContain("multipart/form-data");
});

test("[SH2] the page of the API loads nothing from elsewhere and has no inline scripts", async () => {
  const page = await get("/api/docs/");
  expect(page.statusCode).toBe(200);
  const sources = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1] ?? "");
  expect(sources.length).toBeGreaterThan(3);
  expect(sources.filter((source) => /^(https?:)?\/\//.test(source))).toEqual([]);
  expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=)[^>]*>/);
  for (const source of sources) {
    const url = new URL(source, "http://x/api/docs/").pathname;
    expect([url, (await get(url)).statusCode]).toEqual([url, 200]);
  }
});

test("[SH3] refusals are problem details with a code and a sentence", async () => {
  const cases: [InjectOptions, number, string][] = [
    [{ method: "GET", url: "/api/nothing" }, 404, "not-found"],
    [{ method: "GET", url: "/api/projects/none" }, 404, "not-found"],
    [{ method: "PUT", url: "/api/projects" }, 404, "not-found"],
    [{ method: "GET", url: "/api/projects?limit=0" }, 400, "invalid-request"],
    [
      {
        method: "POST",
        url: "/api/projects",
        payload: "{",
        headers: { "content-type": "application/json" },
      },
      400,
      "malformed-body",
    ],
    [
      {
        method: "POST",
        url: "/api/projects",
        payload: "x",
        headers: { "content-type": "text/plain" },
      },
      415,
      "unsupported-media",
    ],
    [{ method: "POST", url: "/api/projects", payload: {} }, 400, "invalid-request"],
  ];
  for (const [options, status, code] of cases) {
    const response = await owner.inject(options);
    expect(response.headers["content-type"]).toContain("application/problem+json");
    const problem = response.json<{ status: number; code: string; detail: string }>();
    expect([response.statusCode, problem.status, problem.code]).toEqual([status, status, code]);
    expect(problem.detail).toMatch(/^[A-Za-z].*\.$/s);
  }
});

test("[SH3] a token that is wrong is refused even where a cookie would do", async () => {
  const headers = { authorization: "Bearer limn_wrong" };
  const response = await owner.inject({ method: "GET", url: "/api/me", headers });
  expect(response.statusCode).toBe(401);
});

test("[SH4] the log holds no secrets", () => {
  expect(redactUrl("/api/rooms/a?token=limn_x&limn=1")).toBe(
    "/api/rooms/a?token=[redacted]&limn=1",
  );
  expect(redactUrl("/api/invitations/s3cret/accept")).toBe("/api/invitations/[redacted]/accept");
  expect(redactUrl("/invite/s3cret?x=1")).toBe("/invite/[redacted]?x=1");
  expect(redactUrl("/api/projects/p/images?q=Ana&sort=name")).toBe(
    "/api/projects/p/images?q=[redacted]&sort=name",
  );
});

test("[SH5] the web app: hashed assets for ever, compressed, and its own addresses for its router", async () => {
  const root = await mkdtemp(join(tmpdir(), "limn-web-"));
  await mkdir(join(root, "assets"));
  const script = `console.log(${JSON.stringify("x".repeat(2000))})`;
  await writeFile(join(root, "index.html"), "<!doctype html><title>Limn</title>");
  await writeFile(join(root, "assets", "index-abc.js"), script);
  await writeFile(join(root, "assets", "index-abc.js.br"), brotliCompressSync(script));
  const app = await buildApp(server.parts, root);
  const warned = vi.fn<(warning: Error) => void>();
  process.on("warning", warned);
  try {
    const page = await app.inject({
      url: "/projects/p1/images/i1",
      headers: { accept: "text/html" },
    });
    expect([page.statusCode, page.body]).toEqual([200, "<!doctype html><title>Limn</title>"]);
    expect(page.headers["cache-control"]).toBe("no-cache");
    const asset = await app.inject({
      url: "/assets/index-abc.js",
      headers: { "accept-encoding": "br, gzip" },
    });
    expect(asset.headers["content-encoding"]).toBe("br");
    expect(asset.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(asset.headers["content-type"]).toContain("javascript");
    expect((await app.inject("/assets/gone.js")).statusCode).toBe(404);
    expect((await app.inject("/favicon.ico")).statusCode).toBe(404);
    expect((await app.inject({ method: "POST", url: "/projects" })).statusCode).toBe(404);
    expect(warned.mock.calls).toEqual([]);
  } finally {
    process.off("warning", warned);
    await app.close();
    await rm(root, { recursive: true });
  }
});

test("[SH5] without a built web app the page says what to do", async () => {
  const page = await get("/", { accept: "text/html" });
  expect([page.statusCode, page.json<{ detail: string }>().detail]).toEqual([
    503,
    "The web app has not been built: run `npm run build`, or start with `npm start`.",
  ]);
});
