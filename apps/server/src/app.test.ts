import { api, call } from "@limn/shared/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildApp } from "./app.ts";

const app = await buildApp();
let origin: string;
beforeAll(async () => {
  origin = await app.listen({ port: 0, host: "127.0.0.1" });
});
afterAll(() => app.close());

test("a number that is none is refused", async () => {
  expect((await app.inject("/api/add?a=1&b=x")).statusCode).toBe(400);
});

test("the typed client calls the contract's routes", async () => {
  expect((await call(api.add, { query: { a: 1, b: 2 } }, origin)).sum).toBe(3);
  const renamed = await call(api.rename, { params: { id: "p/1" }, body: { name: "n" } }, origin);
  expect(renamed).toEqual({ id: "p/1", name: "n" });
  // @ts-expect-error -- a body is needed
  await expect(call(api.rename, { params: { id: "1" } }, origin)).rejects.toThrow("400");
});

test("the web socket sends back what it gets", async () => {
  const socket = await app.injectWS("/ws");
  const got = new Promise((resolve) =>
    socket.once("message", (data: Buffer) => resolve(data.toString())),
  );
  socket.send("hello");
  expect(await got).toBe("hello");
  socket.terminate();
});
