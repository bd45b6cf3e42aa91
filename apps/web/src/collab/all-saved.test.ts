import { expect, test } from "vitest";
import { countIn, whenAllSaved } from "./all-saved.ts";

test("waits for every session, not for one that has ended, and not for ever", async () => {
  let finish = (): void => {};
  const slow = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const stopSlow = countIn({ flushed: () => slow });
  const stopEnded = countIn({ flushed: () => Promise.reject(new Error("ended")) });
  await expect(whenAllSaved(5)).rejects.toThrow("not saved yet");
  let saved = false;
  const all = whenAllSaved().then(() => {
    saved = true;
    return undefined;
  });
  await Promise.resolve();
  expect(saved).toBe(false);
  finish();
  await all;
  stopSlow();
  stopEnded();
  countIn({ flushed: () => new Promise(() => {}) })();
  await whenAllSaved(5);
});
