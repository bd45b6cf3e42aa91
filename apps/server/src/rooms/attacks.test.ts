import { encodeBase, encodeBrush, encodeUndo } from "@limn/shared/raster";
import * as encoding from "lib0/encoding";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as Y from "yjs";
import { encodePresence } from "./protocol.ts";
import { type Client, syncFrame, until, updateOf } from "./testing/clients.ts";
import { createRoomWorld, type RoomWorld } from "./testing/room-world.ts";

// People who are signed in and mean harm, or whose programs are broken. One server for all of them: after each attack
// somebody honest in the same room must still be able to save.

let world: RoomWorld;
beforeAll(async () => {
  world = await createRoomWorld();
});
afterAll(() => world.dispose());

let roomCount = 0;
const box = (n: number): unknown => ({ t: "box", c: "c1", z: n });

/** A room of its own with somebody honest in it. */
async function createVictim(): Promise<{ room: string; ann: Client }> {
  const room = `room-${++roomCount}`;
  const ann = world.client(room, "ann");
  await until("ann in step", ann.saved);
  ann.set("props", "a", box(1));
  await until("ann saved", ann.saved);
  return { room, ann };
}

async function expectAlive(ann: Client): Promise<void> {
  ann.set("props", "alive", box(Math.floor(performance.now())));
  await until("ann can still save", ann.saved);
  expect(ann.closes).toEqual([]);
}

describe("[A1] who may write", () => {
  test("a viewer reads, and repeats what is known without being blamed", async () => {
    const { room, ann } = await createVictim();
    const vic = world.client(room, "vic", { role: "viewer" });
    await until("vic has it", () => vic.saved() && vic.size("props") === 1);
    expect(vic.closes).toEqual([]);
    await expectAlive(ann);
  });

  test("a viewer's edit is refused with 4403, reaches nobody, and the provider gives up", async () => {
    const { room, ann } = await createVictim();
    const vic = world.client(room, "vic", { role: "viewer" });
    await until("vic in step", vic.saved);
    vic.set("props", "evil", box(1));
    await until("closed", () => vic.closed() !== undefined);
    expect(vic.closed()).toBe(4403);
    expect(vic.refused()?.code).toBe(4403);
    expect(vic.provider.shouldConnect).toBe(false);
    await expectAlive(ann);
    expect(ann.get("props", "evil")).toBeUndefined();
  });

  test("a continuation of another person's client id is refused with 4403", async () => {
    const { room, ann } = await createVictim();
    const forger = new Y.Doc();
    Y.applyUpdate(forger, Y.encodeStateAsUpdate(ann.doc));
    forger.clientID = ann.doc.clientID;
    const updates: Uint8Array[] = [];
    forger.on("update", (update: Uint8Array) => updates.push(update));
    forger.getMap("props").set("forged", box(1));
    const mallory = await world.raw(room, "mallory");
    for (const update of updates) mallory.socket.send(syncFrame(2, update));
    await until("closed", () => mallory.code() !== undefined);
    expect(mallory.code()).toBe(4403);
    await expectAlive(ann);
    expect(ann.get("props", "forged")).toBeUndefined();
  });

  test("an update under an old clock of another's client id is a repetition and changes nothing", async () => {
    const { room, ann } = await createVictim();
    const mallory = await world.raw(room, "mallory");
    const old = updateOf((doc) => doc.getMap("props").set("forged", box(1)), ann.doc.clientID);
    mallory.socket.send(syncFrame(2, old));
    await until("answered", () => mallory.messages.some((frame) => frame[0] === 100));
    expect(mallory.code()).toBeUndefined();
    await expectAlive(ann);
    expect(ann.get("props", "forged")).toBeUndefined();
  });

  test("a client id first seen in presence cannot be squatted", async () => {
    const { room, ann } = await createVictim();
    const hana = await world.raw(room, "hana");
    hana.socket.send(encodePresence([{ clientId: 4242, clock: 1, json: "{}" }]));
    await until("hana is seen", () => ann.provider.awareness.getStates().has(4242));
    const mallory = await world.raw(room, "mallory");
    const squat = updateOf((doc) => doc.getMap("props").set("squat", box(1)), 4242);
    mallory.socket.send(syncFrame(2, squat));
    await until("closed", () => mallory.code() !== undefined);
    expect(mallory.code()).toBe(4403);
    await expectAlive(ann);
  });

  test("the server's own client id cannot be used", async () => {
    const { room, ann } = await createVictim();
    await until("ann has the version", () => ann.get("meta", "v") === 1);
    const server = [...ann.doc.store.clients.keys()].find((id) => id !== ann.doc.clientID) ?? 0;
    const forger = new Y.Doc();
    Y.applyUpdate(forger, Y.encodeStateAsUpdate(ann.doc));
    forger.clientID = server;
    const updates: Uint8Array[] = [];
    forger.on("update", (update: Uint8Array) => updates.push(update));
    forger.getMap("meta").set("v", 99);
    const mallory = await world.raw(room, "mallory");
    for (const update of updates) mallory.socket.send(syncFrame(2, update));
    await until("closed", () => mallory.code() !== undefined);
    expect(mallory.code()).toBe(4403);
    await expectAlive(ann);
    expect(ann.get("meta", "v")).toBe(1);
  });

  test("bindings hold after a restart", async () => {
    const { room, ann } = await createVictim();
    ann.doc.getMap("ops").set("m", new Y.Array());
    ann.doc.getMap("props").set("m", { t: "mask", c: "c1", z: 2 });
    listOf(ann, "m").push([brush(7, 1)]);
    await until("saved", ann.saved);
    await world.restart();
    await until("ann is back", ann.saved);
    const mallory = world.client(room, "mallory");
    await until("in step", mallory.saved);
    listOf(mallory, "m").push([brush(7, 2)]);
    await until("closed", () => mallory.closed() !== undefined);
    expect(mallory.closed()).toBe(4403);
    expect(listOf(ann, "m").length).toBe(1);
  });
});

const brush = (author: number, counter: number): Uint8Array =>
  encodeBrush({ author, counter }, { mode: "add", radius: 40, points: [40, 40, 400, 400] });

function listOf(client: Client, id: string): Y.Array<Uint8Array> {
  const list = client.doc.getMap("ops").get(id);
  if (!(list instanceof Y.Array)) throw new Error(`${id} has no operations`);
  return list as Y.Array<Uint8Array>;
}

function deep(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
}

/** Ann's mask `m` with two of her strokes; Bob has one on it. */
async function createMask(): Promise<{ room: string; ann: Client }> {
  const { room, ann } = await createVictim();
  ann.doc.transact(() => {
    ann.doc.getMap("ops").set("m", new Y.Array());
    ann.set("props", "m", { t: "mask", c: "c1", z: 1 });
  });
  listOf(ann, "m").push([brush(7, 1)]);
  listOf(ann, "m").push([brush(7, 2)]);
  listOf(ann, "m").push([encodeUndo({ author: 7, counter: 3 }, { author: 7, counter: 2 })]);
  await until("own operations are admitted", ann.saved);
  const bob = world.client(room, "bob");
  await until("bob in step", bob.saved);
  listOf(bob, "m").push([brush(8, 1)]);
  await until("a second author is admitted", bob.saved);
  await until("ann has it", () => listOf(ann, "m").length === 4);
  return { room, ann };
}

describe("[A2] what may be written", () => {
  const oneBox = { left: 0, top: 0, right: 8, bottom: 8 };
  const attacks: Record<string, readonly [code: number, act: (eve: Client) => void]> = {
    "an operation under another's author number": [
      4403,
      (eve) => listOf(eve, "m").push([brush(7, 9)]),
    ],
    "undo of another's operation": [
      4403,
      (eve) =>
        listOf(eve, "m").push([encodeUndo({ author: 9, counter: 1 }, { author: 7, counter: 1 })]),
    ],
    "a base operation": [
      4400,
      (eve) => listOf(eve, "m").push([encodeBase({ author: 9, counter: 1 }, oneBox, () => true)]),
    ],
    "another's author number at the front of the list": [
      4403,
      (eve) => listOf(eve, "m").insert(0, [brush(7, 9)]),
    ],
    "another's author number in a new list of the same update": [
      4403,
      (eve) =>
        eve.doc.transact(() => {
          eve.doc.getMap("ops").set("n", new Y.Array());
          listOf(eve, "n").push([brush(9, 1)]);
          listOf(eve, "n").push([brush(7, 10)]);
        }),
    ],
    "a number in a list of operations": [
      4400,
      (eve) => (listOf(eve, "m") as Y.Array<unknown>).push([5]),
    ],
    "a text": [4400, (eve) => eve.set("props", "t", new Y.Text("x"))],
    "a map": [4400, (eve) => eve.set("props", "t", new Y.Map([["x", 1]]))],
    "a subdocument": [4400, (eve) => eve.set("props", "d", new Y.Doc())],
    "a deep value": [4400, (eve) => eve.set("props", "x", deep(9))],
    "a delete in a list": [4400, (eve) => listOf(eve, "m").delete(0, 1)],
    "a list made anew": [4400, (eve) => eve.set("ops", "m", new Y.Array())],
    "a list deleted": [4400, (eve) => eve.doc.getMap("ops").delete("m")],
    "another's value deleted": [4400, (eve) => eve.doc.getMap("props").delete("m")],
    "300 KiB in one value": [4400, (eve) => eve.set("geo", "x", new Uint8Array(300 << 10))],
    "an unknown root": [4400, (eve) => eve.set("verdicts", "img", "accepted")],
    "the version, which is the server's": [4400, (eve) => eve.set("meta", "v", 2)],
  };

  test.each(Object.entries(attacks))("%s is refused", async (_name, [code, act]) => {
    const { room, ann } = await createMask();
    const eve = world.client(room, "eve");
    await until("eve in step", eve.saved);
    act(eve);
    await until("closed", () => eve.closed() !== undefined);
    expect(eve.closed()).toBe(code);
    expect(eve.refused()?.code).toBe(code);
    expect(eve.refused()?.sentence).toMatch(/\w+/);
    await expectAlive(ann);
    expect(listOf(ann, "m").length).toBe(4);
    expect(ann.get("props", "m")).toEqual({ t: "mask", c: "c1", z: 1 });
  });

  test("a list made blindly, which would win in Yjs, is refused and keeps all strokes", async () => {
    const { room, ann } = await createMask();
    const mallory = await world.raw(room, "mallory");
    const blind = updateOf((doc) => doc.getMap("ops").set("m", new Y.Array()), 2 ** 32 - 1);
    mallory.socket.send(syncFrame(2, blind));
    await until("closed", () => mallory.code() !== undefined);
    expect(mallory.code()).toBe(4400);
    await expectAlive(ann);
    expect(listOf(ann, "m").length).toBe(4);
  });

  test("overwriting, also offline and many times over, is nobody's fault", async () => {
    const { room, ann } = await createMask();
    const eve = world.client(room, "eve");
    await until("in step", eve.saved);
    eve.set("props", "m", { t: "mask", c: "c5", z: 1 });
    eve.set("geo", "own", new Uint8Array(9));
    await until("saved", eve.saved);
    eve.provider.disconnect();
    for (let i = 0; i < 5; i++) {
      eve.set("props", "m", { t: "mask", c: `c${i}`, z: 1 });
      eve.set("geo", "own", new Uint8Array(i));
    }
    ann.set("props", "m", { t: "mask", c: "c99", z: 1 });
    await until("ann saved", ann.saved);
    eve.provider.connect();
    await until("eve saved", eve.saved);
    await until("they agree", () => {
      const [one, two] = [ann, eve].map((c) => JSON.stringify(c.doc.getMap("props").toJSON()));
      return one === two;
    });
    expect(eve.closes).not.toContain(4400);
  });
});

function varints(...numbers: number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  for (const number of numbers) encoding.writeVarUint(encoder, number);
  return encoding.toUint8Array(encoder);
}

describe("[A3] frames that are none", () => {
  const good = updateOf((doc) => doc.getMap("props").set("z", "x".repeat(50)));
  const frames: Record<string, Uint8Array | string> = {
    "an empty frame": new Uint8Array(0),
    "a type alone": Uint8Array.of(0),
    "an unknown type": Uint8Array.of(9, 1, 2),
    "an acknowledgement": Uint8Array.of(100, 0, 1),
    "an unknown sync step": Uint8Array.of(0, 7, 1, 0),
    "a truncated update": syncFrame(2, good.slice(0, -9)),
    garbage: syncFrame(
      2,
      Uint8Array.from({ length: 200 }, (_, i) => (i * 73 + 5) & 255),
    ),
    "a huge number of clients": syncFrame(2, varints(2 ** 40, 1, 1, 0)),
    "a huge number of structs": syncFrame(2, varints(1, 5e7, 12_345, 0)),
    "a huge struct": syncFrame(2, varints(1, 1, 777, 0, 0, 2 ** 45, 0)),
    "a huge delete set": syncFrame(2, varints(0, 1, 5, 2 ** 40)),
    "deep JSON": syncFrame(
      2,
      updateOf((doc) => doc.getMap("props").set("deep", deep(3_000))),
    ),
    "a length beyond the frame": Uint8Array.of(0, 2, 255, 255, 255, 127, 1),
    "a bad state vector": syncFrame(0, Uint8Array.of(255, 255, 255)),
    "a text": "hello",
    "bad presence": Uint8Array.of(1, 5, 255, 255, 1, 2, 3),
    "presence without end": Uint8Array.of(1, 5, 255, 255, 255, 255, 15),
  };

  test.each(Object.entries(frames))("%s closes its sender alone", async (_name, frame) => {
    const { room, ann } = await createVictim();
    const mallory = await world.raw(room, "mallory");
    mallory.socket.send(frame);
    await until("closed", () => mallory.code() !== undefined);
    expect([4400, 4409]).toContain(mallory.code());
    await expectAlive(ann);
  });

  test("400 mutated updates (seed 5) hurt nobody", async () => {
    const { room, ann } = await createVictim();
    let seed = 5;
    const random = (): number => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return seed / 0x7fffffff;
    };
    for (let i = 0; i < 400; i++) {
      const frame = syncFrame(2, good);
      for (let k = 0; k < 1 + random() * 6; k++) {
        frame[2 + Math.floor(random() * (frame.length - 2))] = Math.floor(random() * 256);
      }
      const mallory = await world.raw(room, `fuzz-${i}`);
      mallory.socket.send(frame);
      mallory.socket.close();
    }
    await expectAlive(ann);
    const late = world.client(room, "late");
    await until("late in step", () => late.provider.synced);
    expect(late.doc.store.pendingStructs).toBeNull();
  });
});

describe("[A4] holes", () => {
  test("an update with a hole is not acknowledged; the answer to our question heals both", async () => {
    const { room, ann } = await createVictim();
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (let i = 0; i < 3; i++) doc.getMap("props").set(`k${i}`, box(i));
    const raw = await world.raw(room, "bob");
    await until("greeted", () => raw.messages.some((frame) => frame[0] === 0));
    raw.messages.length = 0;
    raw.socket.send(syncFrame(2, updates[2] ?? new Uint8Array()));
    const other = await world.raw(room, "zoe");
    await until("the server has gone on", () => other.messages.length > 0);
    expect(raw.messages.filter((frame) => frame[0] === 100)).toEqual([]);
    raw.socket.send(syncFrame(1, Y.encodeStateAsUpdate(doc)));
    await until("acknowledged", () => raw.messages.some((frame) => frame[0] === 100));
    expect([...(raw.messages.find((frame) => frame[0] === 100) ?? [])].slice(0, 3)).toEqual([
      100, 0, 2,
    ]);
    await until("ann has all", () => ann.size("props") === 4);
  });

  test("a client that can never fill its hole is closed with 4409", async () => {
    const { room, ann } = await createVictim();
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    doc.getMap("props").set("q", box(1));
    doc.getMap("props").set("r", box(2));
    const raw = await world.raw(room, "eve");
    for (let i = 0; i < 5; i++) raw.socket.send(syncFrame(1, updates[1] ?? new Uint8Array()));
    await until("closed", () => raw.code() !== undefined);
    expect(raw.code()).toBe(4409);
    await expectAlive(ann);
  });

  test("edits between the opening and the first question are covered by the answer", async () => {
    const { room, ann } = await createVictim();
    const bob = world.client(room, "bob");
    await until("in step", bob.saved);
    bob.provider.disconnect();
    bob.set("props", "off-1", box(1));
    bob.set("props", "off-2", box(2));
    expect(bob.saved()).toBe(false);
    bob.provider.connect();
    bob.provider.ws?.addEventListener("open", () => bob.set("props", "during", box(3)));
    await until("saved", () => bob.saved() && bob.get("props", "during") !== undefined);
    await until("ann has all", () => ann.size("props") === 4);
    expect(bob.closed()).toBeUndefined();
  });
});
