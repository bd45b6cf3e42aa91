import { expect, test } from "vitest";
import { createTurns } from "./turns.ts";

test("one runs, one waits, older ones are dropped", async () => {
  const turns = createTurns();
  const first = await turns.take();
  const second = turns.take();
  const third = turns.take();
  expect(await second).toBeUndefined();
  expect(first?.isLatest()).toBe(false);
  first?.end();
  expect((await third)?.isLatest()).toBe(true);
});

test("who waits when all are dropped gets no turn, and the next one does", async () => {
  const turns = createTurns();
  const first = await turns.take();
  const second = turns.take();
  turns.drop();
  expect(await second).toBeUndefined();
  expect(first?.isLatest()).toBe(false);
  first?.end();
  const next = await turns.take();
  expect(next?.isLatest()).toBe(true);
  next?.end();
});
