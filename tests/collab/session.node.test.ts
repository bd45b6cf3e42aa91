import {
  applyCommands,
  type Command,
  type ImageDocument,
  openImageDocument,
} from "@limn/shared/document";
import { afterEach, expect, test } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import { until } from "../../apps/server/src/rooms/testing/clients.ts";
import { createHeldLog } from "../../apps/server/src/rooms/testing/held-log.ts";
import {
  createRoomWorld,
  type RoomWorld,
  type WorldOptions,
} from "../../apps/server/src/rooms/testing/room-world.ts";
import { createStore } from "../../apps/web/src/state/store.ts";
import type { OfflineCopy } from "../../apps/web/src/collab/offline-copy.ts";
import { createPageCopy } from "../../apps/web/src/collab/page-copy.ts";
import { type ImageSession, openSession } from "../../apps/web/src/collab/session.ts";

// The page's session against real rooms on a real socket; what IndexedDB does is tested in the browser.

const SIZE = { width: 640, height: 480 };
const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function createWorld(options: WorldOptions = {}): Promise<RoomWorld> {
  const world = await createRoomWorld(options);
  undo.push(() => world.dispose());
  return world;
}

function open(
  world: RoomWorld,
  user: string,
  imageId = "one",
  write = true,
  changeCopy: (copy: OfflineCopy) => OfflineCopy = (copy) => copy,
): ImageSession {
  const { port } = world.server();
  // The server of these tests reads the user from the address, as the real one does from the cookie.
  class Socket extends NodeSocket {
    constructor(address: string, protocols?: string[]) {
      super(`${address}&user=${user}${write ? "" : "&role=viewer"}`, protocols);
    }
  }
  const session = openSession({
    imageId,
    address: `ws://127.0.0.1:${port}`,
    user: { id: user, name: user, color: "#336699" },
    write,
    copy: write ? changeCopy(createPageCopy(`${user}/${imageId}/${port}`)) : undefined,
    // `ws` has all that the provider uses of the browser's class.
    WebSocketClass: Socket as unknown as typeof WebSocket,
  });
  undo.push(() => session.dispose());
  return session;
}

function edit(session: ImageSession, commands: readonly Command[]): void {
  const document = openImageDocument(session.doc, SIZE);
  applyCommands(document, commands, "me");
  document.dispose();
}

function read<T>(session: ImageSession, reader: (document: ImageDocument) => T): T {
  const document = openImageDocument(session.doc, SIZE);
  const result = reader(document);
  document.dispose();
  return result;
}

const ids = (session: ImageSession): string[] =>
  read(session, (document) => document.list().map(({ id }) => id));

const box = (id: string, x = 1): Command => ({
  kind: "create",
  id,
  shape: "box",
  classId: "c1",
  box: { x, y: 2, width: 30, height: 40 },
});

const kind = (session: ImageSession): string => session.status.get().kind;

test("[C1] it says saving with the number of edits that wait, then saved; never saved before it is", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = open(world, "ann");
  expect(ann.opened.get()).toBe(false);
  expect(kind(ann)).toBe("saving");
  await ann.flushed();
  expect(ann.opened.get()).toBe(true);
  const release = disk.hold();
  edit(ann, [box("a")]);
  edit(ann, [box("b")]);
  expect(ann.status.get()).toEqual({ kind: "saving", waiting: 2 });
  let flushed = false;
  const flushing = ann.flushed().then(() => {
    flushed = true;
  });
  const zoe = open(world, "zoe", "two", false);
  await zoe.flushed();
  expect(flushed).toBe(false);
  release();
  await flushing;
  expect(ann.status.get()).toEqual({ kind: "saved" });
  const bob = open(world, "bob");
  await bob.flushed();
  expect(ids(bob)).toEqual(["a", "b"]);
});

test("[C2] offline it counts what waits, and all of it arrives", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  await ann.flushed();
  await world.server().close();
  await until("ann notices", () => kind(ann) === "offline");
  edit(ann, [box("a")]);
  edit(ann, [box("b")]);
  edit(ann, [{ kind: "set-class", id: "a", classId: "c2" }]);
  expect(ann.status.get()).toEqual({ kind: "offline", waiting: 3 });
  await world.restart();
  await ann.flushed();
  const bob = open(world, "bob");
  await bob.flushed();
  expect(read(bob, (document) => document.annotation("a")?.classId)).toBe("c2");
});

test("[C27] edits are called waiting only once the copy in the browser has them", async () => {
  const world = await createWorld();
  const kept = createStore(true);
  const ann = open(world, "ann", "one", true, (copy) => ({
    ...copy,
    kept,
    setWaiting: () => kept.set(false),
  }));
  await ann.flushed();
  kept.set(true);
  await world.server().close();
  await until("ann notices", () => kind(ann) === "offline");
  const seen: unknown[] = [];
  ann.status.subscribe(() => seen.push(ann.status.get()));
  edit(ann, [box("a")]);
  expect(seen).toEqual([{ kind: "saving", waiting: 1 }]);
  kept.set(true);
  expect(ann.status.get()).toEqual({ kind: "offline", waiting: 1 });
  await world.restart();
  await ann.flushed();
});

test("[C3] a full disk is a problem with a sentence until it takes edits again", async () => {
  const disk = createHeldLog();
  const world = await createWorld({ wrapLog: disk.wrap });
  const ann = open(world, "ann");
  await ann.flushed();
  disk.makeFull(undefined);
  edit(ann, [box("a")]);
  await until("the problem shows", () => kind(ann) === "problem");
  expect(ann.status.get()).toMatchObject({ code: 4503, waiting: 1 });
  expect(JSON.stringify(ann.status.get())).toMatch(/cannot store edits.*sent again/);
  disk.makeRoom();
  await ann.flushed();
  expect(ann.status.get()).toEqual({ kind: "saved" });
  expect(ann.ended.get()).toBeUndefined();
});

test("[C4] a session that expired keeps the edits; after signing in again they are sent", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  await ann.flushed();
  world.server().setAccess("ann", { refused: 4401 });
  await world.rooms().recheck("ann");
  await until("the problem shows", () => kind(ann) === "problem");
  edit(ann, [box("a")]);
  expect(ann.status.get()).toMatchObject({ kind: "problem", code: 4401, waiting: 1 });
  expect(ann.ended.get()).toBeUndefined();
  world.server().setAccess("ann", { canWrite: true });
  ann.connect();
  await ann.flushed();
  const bob = open(world, "bob");
  await bob.flushed();
  expect(ids(bob)).toEqual(["a"]);
});

test("[C5] what the server refuses becomes a draft that the next session offers and can save", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  await ann.flushed();
  edit(ann, [box("a")]);
  await ann.flushed();
  world.server().setAccess("ann", { canWrite: false });
  await world.rooms().recheck("ann");
  await until("told", () => !ann.writable.get());
  edit(ann, [box("b"), { kind: "set-class", id: "a", classId: "c9" }]);
  await until("ended", () => ann.ended.get() !== undefined);
  expect(ann.ended.get()).toMatchObject({ code: 4403, action: "rebuild", waiting: 1 });
  await expect(ann.flushed()).rejects.toThrow(/may not edit/);
  await ann.dispose();

  world.server().setAccess("ann", { canWrite: true });
  const again = open(world, "ann");
  await again.flushed();
  expect(ids(again)).toEqual(["a"]);
  const drafts = await read(again, (document) => again.recoverDrafts(document));
  expect(drafts?.objects).toBe(2);
  expect(drafts?.sentence).toMatch(/draft/);
  edit(again, drafts?.commands ?? []);
  await again.dropDrafts();
  await again.flushed();
  const bob = open(world, "bob");
  await bob.flushed();
  expect(ids(bob).toSorted()).toEqual(["a", "b"]);
  expect(read(bob, (document) => document.annotation("a")?.classId)).toBe("c9");
  expect(await read(again, (document) => again.recoverDrafts(document))).toBeUndefined();
});

test("[C6] turned away at the door there is nothing to rebuild", async () => {
  const world = await createWorld();
  world.server().setAccess("eve", { refused: 4403 });
  const eve = open(world, "eve");
  await until("ended", () => eve.ended.get() !== undefined);
  expect(eve.ended.get()).toMatchObject({ code: 4403, action: "stop" });
});

test("[C7] an image that is deleted while somebody draws on it ends the session and keeps the work", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  await ann.flushed();
  await world.server().close();
  await until("offline", () => kind(ann) === "offline");
  edit(ann, [box("a")]);
  await world.restart();
  world.server().setAccess("ann", { refused: 4404 });
  await until("ended", () => ann.ended.get() !== undefined, 10_000);
  expect(ann.ended.get()).toMatchObject({ code: 4404, action: "stop", waiting: 1 });
});

test("[C8] a viewer reads, may not draw, and is seen", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  await ann.flushed();
  edit(ann, [box("a")]);
  const vic = open(world, "vic", "one", false);
  await until("vic has it", () => ids(vic).length === 1);
  expect(vic.writable.get()).toBe(false);
  vic.presence.show({ tool: "pan" });
  await until("ann sees what vic holds", () => ann.presence.peers.get()[0]?.state.tool === "pan");
  expect(ann.presence.peers.get()[0]?.state.user.id).toBe("vic");
});

test("[C9] presence: many moves are few messages, a committed stroke goes at once, leaving is seen", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  const bob = open(world, "bob");
  await ann.flushed();
  await bob.flushed();
  await until("bob sees ann", () => bob.presence.peers.get().length === 1);
  let sent = 0;
  let last = "";
  const stop = bob.presence.peers.subscribe(() => {
    const text = JSON.stringify(bob.presence.peers.get()[0]?.state.cursor);
    if (text !== last) sent++;
    last = text;
  });
  for (let x = 1; x <= 100; x++) {
    ann.presence.pointAt({ x, y: 5 }, 0.5);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await until("the last one", () => bob.presence.peers.get()[0]?.state.cursor?.x === 100);
  expect(sent).toBeLessThan(25);
  stop();
  ann.presence.show({
    stroke: {
      annotation: "m",
      author: 1,
      counter: 1,
      mode: "add",
      radius: 4,
      points: [1, 1, 2, 2],
    },
  });
  await until("the stroke", () => bob.presence.peers.get()[0]?.state.stroke !== undefined);
  ann.presence.show({ stroke: undefined });
  ann.presence.flush();
  await until("the stroke is gone", () => {
    const [peer] = bob.presence.peers.get();
    return peer !== undefined && peer.state.stroke === undefined;
  });
  await ann.dispose();
  await until("ann has left", () => bob.presence.peers.get().length === 0);
});

test("[C10] an edit that is lost on the way is sent again and never called saved meanwhile", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  await ann.flushed();
  const kinds = new Set<string>();
  ann.status.subscribe(() => kinds.add(kind(ann)));
  for (let round = 0; round < 5; round++) {
    edit(ann, [box(`a${round}`)]);
    // Cut before the server can have answered.
    await world.server().close();
    await world.restart();
  }
  await ann.flushed();
  const bob = open(world, "bob");
  await bob.flushed();
  expect(ids(bob)).toHaveLength(5);
  expect(kinds.has("problem")).toBe(false);
});

test("[C11] leaving an image offline loses nothing: its edits are sent when the line is back, others see me gone at once", async () => {
  const world = await createWorld();
  const ann = open(world, "ann");
  const bob = open(world, "bob");
  await ann.flushed();
  await until("bob sees ann", () => bob.presence.peers.get().length === 1);
  await world.server().close();
  await until("offline", () => kind(ann) === "offline");
  edit(ann, [box("a")]);
  let left = false;
  const leaving = ann.dispose().then(() => {
    left = true;
  });
  await world.restart();
  await leaving;
  expect(left).toBe(true);
  await until("bob has it", () => ids(bob).length === 1);
  expect(bob.presence.peers.get()).toEqual([]);
});

test("[C12] leaving right after an edit loses nothing either", async () => {
  const world = await createWorld();
  const bob = open(world, "bob");
  for (let round = 0; round < 5; round++) {
    const ann = open(world, "ann");
    await ann.flushed();
    edit(ann, [box(`a${round}`)]);
    void ann.dispose();
  }
  await until("bob has all", () => ids(bob).length === 5);
  expect(ids(bob)).toEqual(["a0", "a1", "a2", "a3", "a4"]);
});
