import { expect, test } from "vitest";
import { createAhead } from "./ahead.ts";
import type { OwnNetwork } from "./messages.ts";

const image = { id: "picture", width: 600, height: 400 };
const own: OwnNetwork = {
  family: "sam",
  address: "/decoder",
  embedding: { model: "tiny", version: "v1", encoder: "/encoder" },
};
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A graphics card that takes 300 ms, and a server that decides as it is told. */
function createBench(maker: "nobody" | "server" | "caller", ms: number | null = 300) {
  const said: unknown[] = [];
  let finish: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const ahead = createAhead(
    {
      msOf: () => ms ?? undefined,
      make: () => {
        said.push("makes");
        return new Promise((resolve, reject) => (finish = { resolve, reject }));
      },
    },
    (_image, measured) => {
      said.push(measured ?? {});
      return Promise.resolve(measured === undefined ? "server" : maker);
    },
  );
  let isMade = false;
  const wait = () => void ahead.whenMade(image).then(() => (isMade = true));
  return { ahead, said, wait, isMade: () => isMade, finish: () => finish };
}

test("[MO14] the server is told what this computer takes, and decides", async () => {
  const { ahead, said, wait, isMade, finish } = createBench("caller");
  ahead.see(image, own);
  // Asked for twice it is made once.
  ahead.see(image, own);
  wait();
  await settle();
  expect(said).toEqual([{ ms: 300, v: "v1" }, "makes"]);
  // Whoever asked the server for it now would have it made there too.
  expect(isMade()).toBe(false);
  finish()?.resolve();
  await settle();
  expect(isMade()).toBe(true);
});

test("[MO14] what fails here is left to the server", async () => {
  const { ahead, said, wait, isMade, finish } = createBench("caller");
  ahead.see(image, own);
  wait();
  await settle();
  finish()?.reject(new Error("The graphics card does not answer."));
  await settle();
  expect(said).toEqual([{ ms: 300, v: "v1" }, "makes", {}]);
  expect(isMade()).toBe(true);
});

test.each(["nobody", "server"] as const)(
  "[MO14] nothing is made here when it is %s's",
  async (maker) => {
    const { ahead, said, wait, isMade } = createBench(maker);
    ahead.see(image, own);
    wait();
    await settle();
    expect(said).toEqual([{ ms: 300, v: "v1" }]);
    expect(isMade()).toBe(true);
  },
);

test("[MO14] without a card that was tried, or a network that runs here, the server is asked and nobody waits", async () => {
  for (const network of [own, null]) {
    const { ahead, said, wait, isMade } = createBench("caller", network ? null : 300);
    ahead.see(image, network);
    wait();
    await settle();
    expect([said, isMade()]).toEqual([[{}], true]);
  }
});
