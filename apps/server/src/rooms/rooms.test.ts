import { afterEach, expect, test } from "vitest";
import { until } from "./testing/clients.ts";
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

const box = (n: number): unknown => ({ t: "box", c: "c1", z: n });

test("[R1] an unmodified provider works and sees no frame that it does not know", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann", { limn: false });
  const bob = world.client("one", "bob", { limn: false });
  await until("both synced", () => ann.provider.synced && bob.provider.synced);
  ann.set("props", "a", box(1));
  await until("bob has it", () => bob.size("props") === 1);
  expect(bob.get("props", "a")).toEqual(box(1));
  expect([...ann.closes, ...bob.closes]).toEqual([]);
  const raw = await world.raw("one", "zoe", { limn: false });
  await until("frames", () => raw.messages.length > 0);
  expect(raw.messages.filter((frame) => (frame[0] ?? 0) >= 100)).toEqual([]);
});

test("[R2] an edit is not saved at once, and saved after the acknowledgement", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  await until("first answer saved", ann.saved);
  ann.set("props", "a", box(1));
  expect(ann.saved()).toBe(false);
  await until("saved", ann.saved);
  expect(ann.hello()).toEqual({ seq: 0, write: true });
});
