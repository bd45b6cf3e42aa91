import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import * as Y from "yjs";
import { type Client, createClient, until } from "./testing/clients.ts";
import { createHeldLog } from "./testing/held-log.ts";
import { createRoomWorld, type RoomWorld, type WorldOptions } from "./testing/room-world.ts";
import { spawnRooms } from "./testing/spawn-rooms.ts";

const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function createWorld(options: WorldOptions = {}): Promise<RoomWorld> {
  const world = await createRoomWorld(options);
  undo.push(() => world.dispose());
  return world;
}

async function createFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "limn-kill-"));
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "rooms.sqlite");
}

function connect(port: number, room: string, user: string, doc = new Y.Doc()): Client {
  const client = createClient({ port, room, user, doc });
  undo.push(() => client.dispose());
  return client;
}

const box = (n: number): unknown => ({ t: "box", c: "c1", z: n });

test("[R20] a full disk: no acknowledgement, 4503, others unaffected; when it has room again nothing is lost", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = world.client("one", "ann");
  const bob = world.client("one", "bob");
  const zoe = world.client("two", "zoe");
  await until("saved", () => ann.saved() && bob.saved() && zoe.saved());
  ann.set("props", "before", box(1));
  await until("saved", () => ann.saved() && bob.size("props") === 1);

  disk.makeFull(["one"]);
  ann.set("props", "during", box(2));
  zoe.set("props", "other", box(3));
  await until("closed", () => ann.closes.includes(4503) && bob.closes.includes(4503));
  await until("zoe saved in spite of the shared commit", zoe.saved);
  expect(ann.saved()).toBe(false);
  expect(bob.size("props")).toBe(1);
  expect(zoe.closes).toEqual([]);
  await until("it is tried again", () => ann.closes.length >= 2);
  expect(bob.size("props")).toBe(1);

  disk.makeRoom();
  await until("saved at last", () => ann.saved() && bob.saved());
  await until("bob has it", () => bob.size("props") === 2);
  expect(world.errors.length).toBeGreaterThan(0);
  await world.restart();
  const late = world.client("one", "late");
  await until("late has all", () => late.size("props") === 2);
});

test("[R27] what waited behind a commit that failed is not stored after it, which would leave a hole in the log", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap, limits: { commitGapMs: 0 } });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  let arrived = false;
  const look = (key: string): void => {
    const reading = world.rooms().read("one", ({ doc }) => {
      arrived = doc.getMap("props").has(key);
    });
    // It is answered once all is on disk, which it will not be.
    reading.catch(() => {});
  };
  for (let round = 0; round < 5; round++) {
    arrived = false;
    const closes = ann.closes.length;
    const release = disk.hold();
    disk.failOnce();
    ann.set("props", `first-${round}`, box(1));
    await until("the commit is under way", () => disk.waiting() === 1);
    // It builds on the first, and comes while that is being stored.
    ann.set("props", `second-${round}`, box(2));
    await until("the second has arrived", () => {
      look(`second-${round}`);
      return arrived;
    });
    release();
    await until("turned away", () => ann.closes.length > closes);
    await until("saved after all", ann.saved);
    expect(ann.closes.slice(closes)).toEqual([4503]);
  }
  await world.restart();
  const late = world.client("one", "late");
  await until("late has all", () => late.size("props") === 10);
});

test("[R21] an edit by the server on a full disk is refused, and nobody sees it", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  disk.makeFull(["one"]);
  const create = {
    kind: "create",
    id: "x1",
    shape: "box",
    classId: "c1",
    box: { x: 0, y: 0, width: 5, height: 5 },
  } as const;
  await expect(world.rooms().edit("one", { userId: "job" }, [create])).rejects.toThrow(/full/);
  expect(ann.size("props")).toBe(0);
  disk.makeRoom();
  await world.rooms().edit("one", { userId: "job" }, [create]);
  await until("ann has it", () => ann.size("props") === 1);
});

test("[R22] SIGKILL under load: nothing that was called saved is lost, the rest is sent again", async () => {
  const file = await createFile();
  let server = await spawnRooms(file);
  undo.push(() => server.stop("SIGKILL"));
  const ann = connect(server.port, "one", "ann");
  const bob = connect(server.port, "one", "bob");
  await until("saved", () => ann.saved() && bob.saved());
  let written = 0;
  const savedKeys = new Set<string>();
  const writing = setInterval(() => {
    if (ann.saved()) for (const key of ann.doc.getMap("props").keys()) savedKeys.add(key);
    ann.set("props", `k${written++}`, box(written));
  }, 3);
  await until("a hundred edits are under way", () => written > 100 && savedKeys.size > 10);
  const seenByBob = new Set(bob.doc.getMap("props").keys());
  await server.stop("SIGKILL");
  clearInterval(writing);
  ann.provider.disconnect();
  bob.provider.disconnect();

  server = await spawnRooms(file, server.port);
  const zoe = connect(server.port, "one", "zoe");
  await until("zoe in step", () => zoe.provider.synced);
  const kept = new Set(zoe.doc.getMap("props").keys());
  expect([...savedKeys].filter((key) => !kept.has(key))).toEqual([]);
  expect([...seenByBob].filter((key) => !kept.has(key))).toEqual([]);

  // The peer that comes back first brings structs of others and must not be blamed for them.
  bob.provider.connect();
  await until("bob saved", bob.saved);
  expect(bob.closed()).toBeUndefined();
  ann.provider.connect();
  await until("ann's rest is saved", ann.saved);
  await until("zoe has all", () => zoe.size("props") === written);
});

test("[R23] a stop stores what was received, acknowledges it, and says 1012", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  const release = disk.hold();
  ann.set("props", "a", box(1));
  const other = world.client("two", "zoe", { role: "viewer" });
  await until("the server has read it", () => other.provider.synced);
  const stopping = world.rooms().close();
  expect(ann.closes).toEqual([]);
  release();
  await until("ann is told", () => ann.closes.length > 0);
  await stopping;
  expect(ann.closes).toEqual([1012]);
  expect(ann.acknowledged()).toBe(2);
});

test("[R24] the hook for commits is told at least once, after a crash too", async () => {
  const file = await createFile();
  const server = await spawnRooms(file);
  const ann = connect(server.port, "one", "ann");
  await until("saved", ann.saved);
  ann.set("props", "a1", box(1));
  ann.set("props", "a2/name", "left");
  await until("saved", ann.saved);
  await server.stop("SIGKILL");
  ann.dispose();

  const { createRooms, createSqliteLog } = await import("./index.ts");
  const told: unknown[] = [];
  const start = () =>
    createRooms({
      log: createSqliteLog({ file }),
      imageSize: async () => ({ width: 1, height: 1 }),
      onCommitted: (edits) => void told.push(...edits),
    });
  await (await start()).close();
  expect(told).toMatchObject([{ imageId: "one", userId: "ann", annotationIds: ["a1", "a2"] }]);
  told.length = 0;
  await (await start()).close();
  expect(told).toEqual([]);
});

test("[R25] a hook that fails is told again with the next commit, and the room goes on", async () => {
  let broken = true;
  const told: string[][] = [];
  const world = await createWorld({
    limits: { noticeMs: 1 },
    onCommitted(edits) {
      if (broken) throw new Error("the catalog is busy");
      told.push(edits.flatMap((edit) => [...edit.annotationIds]));
    },
  });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  ann.set("props", "a1", box(1));
  await until("saved, though the hook fails", () => ann.saved() && world.errors.length > 0);
  broken = false;
  ann.set("props", "a2", box(2));
  await until("told", () => told.flat().length >= 2);
  expect(told.flat().toSorted()).toEqual(["a1", "a2"]);
});

test("[R26] snapshots stand for many rows; documents come back equal however often", async () => {
  const world = await createWorld({
    limits: { snapshotBytes: 300, snapshotRows: 8, snapshotRowsAtUnload: 3, idleMs: 1 },
  });
  const ann = world.client("one", "ann");
  await until("saved", ann.saved);
  for (let i = 0; i < 40; i++) {
    ann.set("props", `a${i % 7}`, box(i));
    await until("saved", ann.saved);
  }
  await world.restart();
  await until("saved after the restart", ann.saved);
  ann.set("props", "last", box(99));
  await until("saved", ann.saved);
  const bob = world.client("one", "bob");
  await until("bob in step", () => bob.provider.synced);
  expect(bob.doc.getMap("props").toJSON()).toEqual(ann.doc.getMap("props").toJSON());
  expect((await world.rooms().snapshot("one")).seq).toBe(41);
});
