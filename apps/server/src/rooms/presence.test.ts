import { afterEach, expect, test } from "vitest";
import { encodePresence, type PresenceEntry } from "./protocol.ts";
import { type Client, until } from "./testing/clients.ts";
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

/** What one client sees of another. */
function seen(by: Client, of: Client): unknown {
  return by.provider.awareness.getStates().get(of.doc.clientID);
}

function presence(messages: readonly Uint8Array[]): Uint8Array[] {
  return messages.filter((frame) => frame[0] === 1);
}

function show(client: Client, state: Record<string, unknown>): void {
  client.provider.awareness.setLocalState(state);
}

test("[P1] people see each other come, change and go", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  const vic = world.client("one", "vic", { role: "viewer" });
  show(ann, { cursor: [1, 2] });
  show(vic, { cursor: [3, 4] });
  await until(
    "each sees the other",
    () => seen(ann, vic) !== undefined && seen(vic, ann) !== undefined,
  );
  expect(seen(vic, ann)).toEqual({ cursor: [1, 2] });
  expect(seen(ann, vic)).toEqual({ cursor: [3, 4] });
  show(ann, { cursor: [5, 6] });
  await until("the change", () => JSON.stringify(seen(vic, ann)) === '{"cursor":[5,6]}');
  ann.provider.disconnect();
  await until("ann has gone", () => seen(vic, ann) === undefined);
});

test("[P2] who comes late sees at once who is there", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  show(ann, { tool: "brush" });
  await until("connected", ann.saved);
  const bob = world.client("one", "bob");
  await until("bob sees ann", () => seen(bob, ann) !== undefined);
  expect(seen(bob, ann)).toEqual({ tool: "brush" });
});

test("[P3] a client that comes back under its old clock is seen again", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  const bob = world.client("one", "bob");
  show(ann, { n: 1 });
  await until("seen", () => seen(bob, ann) !== undefined);
  for (let round = 0; round < 3; round++) {
    ann.provider.disconnect();
    await until("gone", () => seen(bob, ann) === undefined);
    ann.provider.connect();
    await until("seen again without a change of its state", () => seen(bob, ann) !== undefined);
  }
  show(ann, { n: 2 });
  await until("the next change", () => JSON.stringify(seen(bob, ann)) === '{"n":2}');
  expect(ann.provider.awareness.getLocalState()).toEqual({ n: 2 });
});

test("[P4] nobody can speak for somebody else", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  const bob = world.client("one", "bob");
  show(ann, { me: "ann" });
  await until("seen", () => seen(bob, ann) !== undefined);
  const eve = await world.raw("one", "eve");
  const forged = (json: string): PresenceEntry => ({
    clientId: ann.doc.clientID,
    clock: 999,
    json,
  });
  eve.socket.send(encodePresence([forged('{"me":"eve"}')]));
  eve.socket.send(encodePresence([forged("null")]));
  eve.socket.send(encodePresence([{ clientId: 77, clock: 1, json: '{"me":"eve"}' }]));
  await until("eve's own state arrives", () => bob.provider.awareness.getStates().has(77));
  expect(seen(bob, ann)).toEqual({ me: "ann" });
  expect(eve.code()).toBeUndefined();
});

test("[P5] changes of one tick travel in one frame, and nobody is sent only their own", async () => {
  const world = await createWorld({ limits: { presenceTickMs: 60, heartbeatMs: 60_000 } });
  const ann = await world.raw("one", "ann");
  const bob = await world.raw("one", "bob");
  await until("greeted", () => ann.messages.length > 0 && bob.messages.length > 0);
  for (let clock = 1; clock <= 10; clock++) {
    ann.socket.send(encodePresence([{ clientId: 1, clock, json: `{"n":${clock}}` }]));
  }
  await until("bob is told", () => presence(bob.messages).length > 0);
  expect(presence(bob.messages)).toEqual([
    new Uint8Array(encodePresence([{ clientId: 1, clock: 10, json: '{"n":10}' }])),
  ]);
  expect(presence(ann.messages)).toEqual([]);
});

test("[P6] a state over 16 KiB is refused with 4413", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  await until("in step", ann.saved);
  show(ann, { text: "ä".repeat(9_000) });
  await until("closed", () => ann.closed() !== undefined);
  expect(ann.closed()).toBe(4413);
});

test("[P7] an idle client is written to, so that y-websocket does not hang up", async () => {
  const world = await createWorld({ limits: { heartbeatMs: 250 } });
  const ann = await world.raw("one", "ann");
  await until("silence is broken", () =>
    ann.messages.some((frame) => frame.length === 3 && frame[0] === 1 && frame[2] === 0),
  );
  expect(ann.code()).toBeUndefined();
});

test("[P8] a line that no longer answers is cut, and its people vanish", async () => {
  const world = await createWorld({ limits: { heartbeatMs: 250 } });
  const ann = world.client("one", "ann");
  const dead = await world.raw("one", "bob");
  dead.socket.send(encodePresence([{ clientId: 5, clock: 1, json: '{"me":"bob"}' }]));
  await until("bob is seen", () => ann.provider.awareness.getStates().has(5));
  dead.socket.pause();
  await until("bob has vanished", () => !ann.provider.awareness.getStates().has(5));
  expect(
    world
      .rooms()
      .people("one")
      .map(({ userId }) => userId),
  ).toEqual(["ann"]);
});

test("[P9] who is on which image is told when it changes", async () => {
  const told: string[] = [];
  const world = await createWorld({ onPeople: (imageId) => void told.push(imageId) });
  const ann = world.client("one", "ann");
  const tab = world.client("one", "ann");
  const bob = world.client("two", "bob");
  await until("all here", () => ann.saved() && tab.saved() && bob.saved());
  expect(
    world
      .rooms()
      .people("one")
      .map(({ userId }) => userId),
  ).toEqual(["ann"]);
  expect(world.rooms().occupied().toSorted()).toEqual(["one", "two"]);
  ann.provider.disconnect();
  tab.provider.disconnect();
  await until("nobody on one", () => world.rooms().people("one").length === 0);
  expect(told.filter((imageId) => imageId === "one")).toHaveLength(4);
});
