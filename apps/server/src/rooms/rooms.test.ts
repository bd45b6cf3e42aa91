import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { syncFrame, until, updateOf } from "./testing/clients.ts";
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

const box = (n: number): unknown => ({ t: "box", c: "c1", z: n });

test("[R1] an unmodified provider works and is sent no frame that it does not know", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann", { limn: false });
  const bob = world.client("one", "bob", { limn: false });
  await until("both synced", () => ann.provider.synced && bob.provider.synced);
  ann.set("props", "a", box(1));
  await until("bob has it", () => bob.size("props") === 1);
  expect(bob.get("props", "a")).toEqual(box(1));
  expect([...ann.closes, ...bob.closes]).toEqual([]);
  const raw = await world.raw("one", "zoe", { limn: false });
  raw.socket.send(syncFrame(0, Uint8Array.of(0)));
  await until("an answer", () => raw.messages.some((frame) => frame[0] === 0 && frame[1] === 1));
  expect(raw.messages.filter((frame) => (frame[0] ?? 0) >= 100)).toEqual([]);
});

test("[R2] a client that asked is greeted, and an edit is saved only once acknowledged", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  await until("the first answer is saved", ann.saved);
  expect(ann.hello()).toEqual({ seq: 0, write: true });
  ann.set("props", "a", box(1));
  expect(ann.saved()).toBe(false);
  await until("saved", ann.saved);
  const vic = world.client("one", "vic", { role: "viewer" });
  await until("viewer", vic.saved);
  expect(vic.hello()).toEqual({ seq: 1, write: false });
  expect(vic.get("props", "a")).toEqual(box(1));
});

test("[R2] what was called saved is never taken back: acknowledgements only grow", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const raw = await world.raw("one", "ann");
  const receipts = (): number[] =>
    // Frame 100, kind 0, then the number of frames; all below 128.
    raw.messages
      .filter((frame) => frame[0] === 100 && frame[1] === 0)
      .map((frame) => frame[2] ?? 0);
  const release = disk.hold();
  const first = updateOf((doc) => doc.getMap("props").set("a", box(1)));
  raw.socket.send(syncFrame(2, first));
  raw.socket.send(
    syncFrame(
      2,
      updateOf((doc) => doc.getMap("props").set("b", box(2))),
    ),
  );
  // Nothing new: it waits for the two before it, and so for the commit that the next frame is in, too.
  raw.socket.send(syncFrame(1, first));
  raw.socket.send(
    syncFrame(
      2,
      updateOf((doc) => doc.getMap("props").set("c", box(3))),
    ),
  );
  const other = world.client("two", "zoe", { role: "viewer" });
  await until("another room answers", () => other.provider.synced);
  release();
  await until("all four are saved", () => receipts().includes(4));
  await world.rooms().read("one", () => undefined);
  expect(receipts()).toEqual(receipts().toSorted((a, b) => a - b));
  expect(receipts().at(-1)).toBe(4);
});

test("[R3] nobody is sent, and nobody joins into, what is not on disk yet", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = world.client("one", "ann");
  const bob = world.client("one", "bob");
  await until("both saved", () => ann.saved() && bob.saved());
  const release = disk.hold();
  ann.set("props", "a", box(1));
  const zoe = await world.raw("one", "zoe");
  await until("zoe is greeted", () => zoe.messages.some((frame) => frame[0] === 0));
  zoe.messages.length = 0;
  zoe.socket.send(syncFrame(0, Uint8Array.of(0)));
  // Another room's round trip through the same server shows that it had its chance to send.
  const other = world.client("two", "zoe", { role: "viewer" });
  await until("another room answers", () => other.provider.synced);
  expect(bob.size("props")).toBe(0);
  expect(zoe.messages.filter((frame) => frame[0] === 0)).toEqual([]);
  expect(ann.saved()).toBe(false);
  release();
  await until("bob has it", () => bob.size("props") === 1);
  await until("zoe has it", () => zoe.messages.some((frame) => frame[0] === 0 && frame[1] === 1));
  await until("ann saved", ann.saved);
});

test("[R4] however many ask at once, a room is loaded once", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const people = Array.from({ length: 20 }, (_, i) => world.client("one", `user-${i}`));
  await until("all saved", () => people.every((person) => person.saved()));
  for (const [i, person] of people.entries()) person.set("props", `a${i}`, box(i));
  await until("all agree", () => people.every((p) => p.size("props") === 20 && p.saved()));
  expect(disk.loads).toEqual(["one"]);
});

test("[R5] an idle room leaves memory once all of it is on disk, and comes back the same", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap, limits: { idleMs: 5 } });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  for (let i = 0; i < 50; i++) ann.set("props", `a${i}`, box(i));
  ann.dispose();
  await until("out of memory", () => world.rooms().stats().rooms === 0);
  const bob = world.client("one", "bob");
  await until("bob synced", () => bob.provider.synced);
  expect(bob.size("props")).toBe(50);
  expect(disk.loads).toEqual(["one", "one"]);
});

test("[R6] a room that cannot be saved stays in memory, and so does one that somebody has come back to", async () => {
  const disk = createHeldLog();
  const world = await createWorld({
    wrapLog: disk.wrap,
    limits: { idleMs: 1, snapshotRowsAtUnload: 1 },
  });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  const release = disk.hold();
  ann.set("props", "a", box(1));
  const before = world.rooms().stats().connections;
  ann.provider.disconnect();
  await until("ann is gone", () => world.rooms().stats().connections < before);
  const other = world.client("two", "zoe", { role: "viewer" });
  await until("another room answers", () => other.provider.synced);
  expect(world.rooms().stats().rooms).toBe(2);
  ann.provider.connect();
  await until("ann is back", () => world.rooms().people("one").length === 1);
  release();
  await until("saved again", ann.saved);
  ann.set("props", "b", box(2));
  await until("saved", ann.saved);
  expect(disk.loads).toEqual(["one", "two"]);
  const bob = world.client("one", "bob");
  await until("bob has both", () => bob.size("props") === 2);
});

test("[R7] frames that come before the session is known wait, 64 of them, and are not lost", async () => {
  const gate = Promise.withResolvers<void>();
  const world = await createWorld({ authenticating: () => gate.promise });
  const ann = await world.raw("one", "ann");
  const doc = new Y.Doc();
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  for (let i = 0; i < 300; i++) doc.getMap("props").set(`a${i}`, box(i));
  for (const update of updates) ann.socket.send(syncFrame(2, update));
  // All of it is in the sockets' buffers once another connection has made a round trip.
  const other = await world.raw("two", "zoe");
  await new Promise((resolve) => {
    other.socket.once("pong", resolve);
    other.socket.ping();
  });
  gate.resolve();
  await until("acknowledged", () =>
    ann.messages.some((f) => f[0] === 100 && f[1] === 0 && f[2] === 0xac && f[3] === 2),
  );
  const bob = world.client("one", "bob");
  await until("bob is in step", () => bob.provider.synced);
  expect(bob.size("props")).toBe(300);
});

test("[R8] strangers are closed with 4401, people without right with 4403, absent images with 4404", async () => {
  const world = await createWorld();
  world.server().setAccess("nobody", { refused: 4401 });
  world.server().setAccess("outsider", { refused: 4403 });
  world.server().setAccess("late", { refused: 4404 });
  for (const [user, code] of [
    ["nobody", 4401],
    ["outsider", 4403],
    ["late", 4404],
  ] as const) {
    const client = world.client("one", user);
    await until(`${user} is closed`, () => client.closed() !== undefined);
    expect(client.closed()).toBe(code);
    expect(client.provider.shouldConnect).toBe(false);
  }
  expect(world.rooms().stats().rooms).toBe(0);
});

test("[R9] a session that ends is closed after what it sent before is saved", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  const bob = world.client("one", "bob");
  await until("saved", () => ann.saved() && bob.saved());
  ann.set("props", "a", box(1));
  await until("the server has it", () => bob.size("props") === 1);
  ann.set("props", "b", box(2));
  world.server().setAccess("ann", { refused: 4401 });
  await world.rooms().recheck("ann");
  await until("closed", () => ann.closed() !== undefined);
  expect(ann.closed()).toBe(4401);
  expect(bob.closed()).toBeUndefined();
  world.server().setAccess("ann", { canWrite: true });
  ann.provider.connect();
  await until("signed in again, all saved", ann.saved);
  await until("bob has both", () => bob.size("props") === 2);
});

test("[R10] a changed role counts from the next frame on, without a reconnect", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  world.server().setAccess("ann", { canWrite: false });
  await world.rooms().recheck("ann");
  await until("told", () => ann.events.length === 1);
  expect(ann.events).toEqual([{ type: "rights", write: false }]);
  expect(ann.closes).toEqual([]);
  ann.set("props", "a", box(1));
  await until("closed", () => ann.closed() !== undefined);
  expect(ann.closed()).toBe(4403);
  expect(ann.refused()?.code).toBe(4403);
});

test("[R11] a locked image refuses edits with 4423 and still shows", async () => {
  const world = await createWorld();
  const bob = world.client("one", "bob");
  await until("saved", bob.saved);
  bob.set("props", "a", box(1));
  await until("saved", bob.saved);
  world.server().setAccess("ann", { canWrite: true, locked: true });
  const ann = world.client("one", "ann");
  await until("ann reads", () => ann.size("props") === 1);
  ann.set("props", "b", box(2));
  await until("closed", () => ann.closed() !== undefined);
  expect(ann.closed()).toBe(4423);
  expect(bob.size("props")).toBe(1);
});

test("[R12] an image that goes away closes its room with 4404 once all is saved", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = world.client("one", "ann");
  const bob = world.client("two", "bob");
  await until("saved", () => ann.saved() && bob.saved());
  ann.set("props", "a", box(1));
  await until("saved", ann.saved);
  const release = disk.hold();
  ann.set("props", "b", box(2));
  await until("it is at the server", () => world.rooms().stats().rows === 1);
  const closed = world.rooms().closeImage("one", 4404);
  release();
  await closed;
  await until("closed", () => ann.closed() !== undefined);
  expect(ann.closed()).toBe(4404);
  expect(bob.closes).toEqual([]);
});

test("[R13] a frame over 8 MiB is refused with 4413, before the session is known too", async () => {
  const world = await createWorld();
  const big = syncFrame(
    2,
    updateOf((doc) => doc.getMap("geo").set("b", new Uint8Array(9 << 20))),
  );
  const ann = await world.raw("one", "ann");
  await until("live", () => ann.messages.length > 0);
  ann.socket.send(big);
  const early = await world.raw("one", "bob");
  early.socket.send(big);
  await until("both closed", () => ann.code() !== undefined && early.code() !== undefined);
  expect([ann.code(), early.code()]).toEqual([4413, 4413]);
  expect(ann.reason()).toMatch(/8 MiB/);
});

test("[R14] edits by the server are live for whoever watches and saved when it resolves", async () => {
  const world = await createWorld();
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  const { seq } = await world.rooms().edit("one", { userId: "job-owner" }, ({ author }) => {
    expect(author.author).toBeGreaterThan(0);
    return [
      {
        kind: "create",
        id: "x1",
        shape: "box",
        classId: "c1",
        box: { x: 1, y: 2, width: 3, height: 4 },
      },
    ];
  });
  expect(seq).toBe(1);
  expect(world.committed).toMatchObject([
    { imageId: "one", seq: 1, userId: "job-owner", annotationIds: ["x1"] },
  ]);
  await until("ann has it", () => ann.size("props") === 1);
  const ids = await world.rooms().read("one", (document) => document.list().map(({ id }) => id));
  expect(ids).toEqual(["x1"]);
  await world.restart();
  const again = await world.rooms().snapshot("one");
  expect(again.seq).toBe(1);
  const doc = new Y.Doc();
  Y.applyUpdate(doc, again.state);
  expect(doc.getMap("props").size).toBe(1);
  expect(doc.getMap("meta").get("v")).toBe(1);
});

test("[R15] a refused command changes nothing, and an image that is not there is said so", async () => {
  const world = await createWorld({
    imageSize: async (id) => (id === "one" ? { width: 640, height: 480 } : undefined),
  });
  await expect(
    world
      .rooms()
      .edit("one", { userId: "ann" }, [{ kind: "set-class", id: "absent", classId: "c" }]),
  ).rejects.toMatchObject({ code: "unknown-annotation" });
  await expect(world.rooms().edit("two", { userId: "ann" }, [])).rejects.toThrow(
    "There is no image two.",
  );
  expect(await world.rooms().read("one", (document) => document.listAll())).toEqual([]);
});
