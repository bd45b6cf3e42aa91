import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { encodePresence } from "./protocol.ts";
import { syncFrame, until } from "./testing/clients.ts";
import { createHeldLog } from "./testing/held-log.ts";
import { createRoomWorld, type RoomWorld, type WorldOptions } from "./testing/room-world.ts";

const worlds: RoomWorld[] = [];
async function createWorld(options: WorldOptions = {}): Promise<RoomWorld> {
  const world = await createRoomWorld(options);
  worlds.push(world);
  return world;
}
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.dispose();
});

const bytes = (n: number, seed: number): Uint8Array => new Uint8Array(n).fill(seed);

test("[R30] a reader that takes nothing is dropped with 4508; the others go on and it comes back whole", async () => {
  const world = await createWorld({ limits: { unsentBytes: 1 << 20, closeGraceMs: 20 } });
  const ann = world.client("one", "ann");
  const slow = world.client("one", "slow");
  await until("saved", () => ann.saved() && slow.saved());
  // `ws` has it, the browser's class, which the provider's type names, has not.
  const line = slow.provider.ws as unknown as { pause: () => void; resume: () => void };
  line.pause();
  const before = world.rooms().stats().connections;
  for (let i = 0; i < 60; i++) ann.set("geo", `a${i}`, bytes(200_000, i));
  await until("slow is dropped", () => world.rooms().stats().connections < before, 20_000);
  await until("ann saved all the same", ann.saved, 20_000);
  line.resume();
  await until("slow is back and whole", () => slow.saved() && slow.size("geo") === 60, 20_000);
  expect(ann.closes).toEqual([]);
  expect(slow.closes.every((code) => code === 4508 || code === 1006)).toBe(true);
  expect(slow.closes.length).toBeGreaterThan(0);
}, 60_000);

test("[R31] the state of a large image may exceed what a reader may owe", async () => {
  const world = await createWorld({ limits: { unsentBytes: 100_000 } });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  for (let i = 0; i < 60; i++) {
    ann.set("geo", `a${i}`, bytes(200_000, i));
    await until("saved", ann.saved);
  }
  const bob = world.client("one", "bob");
  await until("bob in step", () => bob.provider.synced, 20_000);
  expect(bob.size("geo")).toBe(60);
  expect(bob.closes).toEqual([]);
}, 60_000);

test("[R32] presence skips a slow reader and gives it all states once it has caught up", async () => {
  const world = await createWorld({ limits: { presenceSlowBytes: 1_000, presenceTickMs: 5 } });
  const ann = world.client("one", "ann");
  const slow = await world.raw("one", "slow");
  await until("in step", () => ann.saved() && slow.messages.length > 0);
  slow.socket.pause();
  for (let i = 0; i < 40; i++) ann.set("geo", `a${i}`, bytes(200_000, i));
  await until("saved", ann.saved, 20_000);
  const eve = await world.raw("one", "eve");
  for (let clock = 1; clock <= 50; clock++) {
    eve.socket.send(encodePresence([{ clientId: 9, clock, json: `{"n":${clock}}` }]));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  slow.socket.resume();
  const presence = (): Uint8Array[] => slow.messages.filter((frame) => frame[0] === 1);
  await until("slow has the last state", () =>
    presence().some((frame) => new TextDecoder().decode(frame).includes('{"n":50}')),
  );
  expect(presence().length).toBeLessThan(10);
}, 60_000);

test("[R33] reading stops from a client that sends faster than the disk takes, and goes on after", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap, limits: { unsavedBytes: 1_000_000 } });
  const fast = await world.raw("one", "fast");
  await until("greeted", () => fast.messages.length > 0);
  const release = disk.hold();
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (let i = 0; i < 200; i++) doc.getMap("geo").set(`a${i}`, bytes(200_000, i));
  for (const update of updates) fast.socket.send(syncFrame(2, update));
  const other = world.client("two", "zoe", { role: "viewer" });
  await until("others are served", () => other.provider.synced);
  // 40 MB were sent; what the server did not read waits at the sender.
  await until("the sender is held up", () => fast.socket.bufferedAmount > 20_000_000);
  release();
  await until("all acknowledged", () => fast.socket.bufferedAmount === 0, 20_000);
  const bob = world.client("one", "bob");
  await until("bob has all", () => bob.size("geo") === 200, 20_000);
  expect(fast.code()).toBeUndefined();
}, 60_000);

test("[R34] asking for the state again and again is cut off with 4508", async () => {
  const world = await createWorld({ limits: { idleWorkBurst: 4 << 20, idleWorkPerSecond: 1 } });
  const ann = world.client("one", "ann");
  const eve = await world.raw("one", "eve");
  await until("in step", () => ann.saved() && eve.messages.length > 0);
  for (let i = 0; i < 20; i++) eve.socket.send(syncFrame(0, Uint8Array.of(0)));
  await until("cut off", () => eve.code() !== undefined);
  expect(eve.code()).toBe(4508);
  expect(ann.closes).toEqual([]);
});
