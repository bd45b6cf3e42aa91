import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { encodeBase, encodeBrush, encodeUndo, operationHead } from "../raster/index.ts";
import { type Admission, encodeEmptyDocument, inspectUpdate } from "./index.ts";

/** A room as the server keeps it: admitted updates only, with the owners that admission asks to be bound. */
function createRoom() {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, encodeEmptyDocument());
  const clients = new Map<number, string>([[[...doc.store.clients.keys()][0] ?? 0, "server"]]);
  const authors = new Map<number, string>();
  const offer = (user: string, update: Uint8Array, canWrite = true): Admission => {
    const verdict = inspectUpdate(update, {
      doc,
      user,
      canWrite,
      ownerOf: (client) => clients.get(client),
      authorOwnerOf: (author) => authors.get(author),
    });
    if (verdict.kind === "admit") {
      for (const client of verdict.clients) clients.set(client, user);
      for (const author of verdict.authors) authors.set(author, user);
      Y.applyUpdate(doc, update);
    }
    return verdict;
  };
  const join = (clientId?: number): Y.Doc => {
    const replica = new Y.Doc();
    Y.applyUpdate(replica, Y.encodeStateAsUpdate(doc));
    // Only now: Yjs takes a fresh client id when it meets its own in what it receives.
    if (clientId !== undefined) replica.clientID = clientId;
    return replica;
  };
  /** What the replica has and the room lacks, as a sync step 2 brings it. */
  const send = (user: string, replica: Y.Doc, canWrite = true): Admission =>
    offer(user, Y.encodeStateAsUpdate(replica, Y.encodeStateVector(doc)), canWrite);
  const receive = (replica: Y.Doc): void =>
    Y.applyUpdate(replica, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(replica)), "room");
  return { doc, offer, join, send, receive };
}

const dot = (author: number, counter: number): Uint8Array =>
  encodeBrush({ author, counter }, { mode: "add", radius: 40, points: [80, 80] });

function createMask(replica: Y.Doc, id: string): Y.Array<Uint8Array> {
  const list = new Y.Array<Uint8Array>();
  replica.transact(() => {
    replica.getMap("props").set(id, { t: "mask", c: "car", z: 1 });
    replica.getMap("ops").set(id, list);
  });
  return list;
}

function listOf(replica: Y.Doc, id: string): Y.Array<Uint8Array> {
  return replica.getMap("ops").get(id) as Y.Array<Uint8Array>;
}

/** A room in which ann (author number 7) has painted on m, and another person's replica of it. */
function paintedRoom() {
  const room = createRoom();
  const ann = room.join();
  createMask(ann, "m").push([dot(7, 1), dot(7, 2)]);
  ann.getMap("geo").set("m", new Uint8Array([1, 2, 3]));
  expect(room.send("ann", ann)).toMatchObject({ kind: "admit", authors: [7], touched: ["m"] });
  return { room, ann, eve: room.join() };
}

describe("admission of honest updates", () => {
  test("[A1] a first edit is admitted and names client, author and annotation", () => {
    const { room, eve } = paintedRoom();
    listOf(eve, "m").push([dot(8, 1)]);
    eve.getMap("props").set("m/name", "door");
    expect(room.send("eve", eve)).toEqual({
      kind: "admit",
      clients: [eve.clientID],
      authors: [8],
      touched: ["m"],
    });
    expect(listOf(room.doc, "m").length).toBe(3);
  });

  test("[A2] what is known already is nothing new, for a viewer too", () => {
    const { room, ann, eve } = paintedRoom();
    ann.getMap("geo").set("m", new Uint8Array([4]));
    room.send("ann", ann);
    expect(room.offer("eve", Y.encodeStateAsUpdate(ann), false).kind).toBe("nothing-new");
    expect(room.send("eve", eve, false).kind).toBe("nothing-new");
    expect(room.offer("eve", Y.encodeStateAsUpdate(new Y.Doc()), false).kind).toBe("nothing-new");
  });

  test("[A2] a viewer who brings anything is read-only", () => {
    const { room, eve } = paintedRoom();
    eve.getMap("del").set("m", { at: 1 });
    expect(room.send("eve", eve, false).kind).toBe("read-only");
    expect(room.doc.getMap("del").has("m")).toBe(false);
  });

  test("[A3] an update with a hole is not ready, and the whole state heals it", () => {
    const { room, eve } = paintedRoom();
    const updates: Uint8Array[] = [];
    eve.on("update", (update: Uint8Array) => updates.push(update));
    for (const name of ["a", "b", "c"]) eve.getMap("props").set("m/name", name);
    const [, second, third] = updates;
    expect(room.offer("eve", third ?? new Uint8Array()).kind).toBe("not-ready");
    expect(room.offer("eve", Y.mergeUpdates([second ?? new Uint8Array()])).kind).toBe("not-ready");
    expect(room.send("eve", eve).kind).toBe("admit");
    expect(room.doc.getMap("props").get("m/name")).toBe("c");
  });

  test("[A3] an operation in a list that the room does not know yet is not ready", () => {
    const room = createRoom();
    const ann = room.join();
    createMask(ann, "m");
    const later = new Y.Doc();
    Y.applyUpdate(later, Y.encodeStateAsUpdate(ann));
    const before = Y.encodeStateVector(later);
    listOf(later, "m").push([dot(8, 1)]);
    expect(room.offer("eve", Y.encodeStateAsUpdate(later, before)).kind).toBe("not-ready");
  });

  test("[A4] values of others are overwritten, many times, also offline", () => {
    const { room, ann, eve } = paintedRoom();
    for (let i = 0; i < 5; i++) {
      eve.getMap("props").set("m", { t: "mask", c: `class ${i}`, z: 1 });
      eve.getMap("geo").set("m", new Uint8Array([i]));
    }
    ann.getMap("props").set("m", { t: "mask", c: "from ann", z: 1 });
    expect(room.send("ann", ann).kind).toBe("admit");
    expect(room.send("eve", eve).kind).toBe("admit");
    room.receive(ann);
    room.receive(eve);
    expect(eve.getMap("props").toJSON()).toEqual(ann.getMap("props").toJSON());
  });

  test("[A4] a Y.UndoManager's undo and redo are admitted", () => {
    const { room, eve } = paintedRoom();
    const undo = new Y.UndoManager([eve.getMap("geo"), eve.getMap("props")], {
      captureTimeout: 0,
      trackedOrigins: new Set(["me"]),
    });
    eve.transact(() => eve.getMap("props").set("m", { t: "mask", c: "x", z: 1 }), "me");
    eve.transact(() => eve.getMap("props").set("own", { t: "box", c: "x", z: 1 }), "me");
    expect(room.send("eve", eve).kind).toBe("admit");
    undo.undo();
    undo.undo();
    expect(room.send("eve", eve).kind).toBe("admit");
    undo.redo();
    undo.redo();
    expect(room.send("eve", eve).kind).toBe("admit");
    expect(room.doc.getMap("props").get("m")).toEqual({ t: "mask", c: "x", z: 1 });
  });

  // The client id decides which of two values written at once stays, so both orders are tried.
  test.each([
    { annId: 10, eveId: 20 },
    { annId: 20, eveId: 10 },
  ])(
    "[A4] a value written at the same time as another's ($annId, $eveId), seen before it was sent, is admitted",
    ({ annId, eveId }) => {
      const room = createRoom();
      const first = room.join();
      first.getMap("geo").set("m", new Uint8Array([0]));
      room.send("zoe", first);
      const ann = room.join(annId);
      const eve = room.join(eveId);
      eve.getMap("geo").set("m", new Uint8Array([2]));
      ann.getMap("geo").set("m", new Uint8Array([1]));
      expect(room.send("ann", ann).kind).toBe("admit");
      // Eve's replica resolves the conflict first, and its delete set then says so.
      room.receive(eve);
      expect(room.send("eve", eve).kind).toBe("admit");
      room.receive(ann);
      expect(room.doc.getMap("geo").get("m")).toEqual(eve.getMap("geo").get("m"));
      expect(ann.getMap("geo").get("m")).toEqual(eve.getMap("geo").get("m"));
      expect(room.doc.getMap("geo").get("m")).toEqual(new Uint8Array([annId > eveId ? 1 : 2]));
    },
  );

  test("[A8] undo and redo are admitted for every author number of the same user", () => {
    const { room, ann, eve } = paintedRoom();
    listOf(ann, "m").push([encodeUndo({ author: 70, counter: 1 }, { author: 7, counter: 1 })]);
    expect(room.send("ann", ann)).toMatchObject({ kind: "admit", authors: [70] });
    room.receive(eve);
    listOf(eve, "m").push([
      dot(8, 1),
      encodeUndo({ author: 9, counter: 1 }, { author: 8, counter: 1 }),
    ]);
    expect(room.send("eve", eve)).toMatchObject({ kind: "admit", authors: [8, 9] });
  });
});

describe("admission of updates in another's name", () => {
  test("[A5] the continuation of another's client id is foreign", () => {
    const { room, ann } = paintedRoom();
    const forged = room.join(ann.clientID);
    forged.getMap("props").set("m/name", "forged");
    expect(room.send("mallory", forged)).toMatchObject({
      kind: "foreign",
      what: "client",
      number: ann.clientID,
    });
  });

  test("[A8] an operation with another's author number is foreign, in a new list too", () => {
    const { room, eve } = paintedRoom();
    listOf(eve, "m").push([dot(7, 9)]);
    expect(room.send("eve", eve)).toMatchObject({ kind: "foreign", what: "author", number: 7 });
    const eve2 = room.join();
    createMask(eve2, "n").push([dot(8, 1), dot(7, 9)]);
    expect(room.send("eve", eve2)).toMatchObject({ kind: "foreign", what: "author", number: 7 });
    const eve3 = room.join();
    listOf(eve3, "m").insert(0, [dot(7, 9)]);
    expect(room.send("eve", eve3)).toMatchObject({ kind: "foreign", what: "author", number: 7 });
  });

  test("[A8] an undo of another's operation, or of nobody's, is foreign", () => {
    const { room, eve } = paintedRoom();
    listOf(eve, "m").push([encodeUndo({ author: 8, counter: 1 }, { author: 7, counter: 1 })]);
    expect(room.send("eve", eve)).toMatchObject({ kind: "foreign", what: "author", number: 7 });
    const eve2 = room.join();
    listOf(eve2, "m").push([encodeUndo({ author: 8, counter: 1 }, { author: 555, counter: 1 })]);
    expect(room.send("eve", eve2)).toMatchObject({ kind: "foreign", number: 555 });
  });
});

describe("admission of updates that break a rule", () => {
  const breaking: Record<string, (doc: Y.Doc) => void> = {
    "[A6] an unknown root": (doc) => doc.getMap("verdicts").set("img", "accepted"),
    "[A6] the version, overwritten": (doc) => doc.getMap("meta").set("v", 99),
    "[A6] the version, deleted": (doc) => doc.getMap("meta").delete("v"),
    "[A6] a list where a map is": (doc) => doc.getArray("props").push([1]),
    "[A6] a very long key": (doc) => doc.getMap("props").set("x".repeat(300), 1),
    "[A7] Y.Text": (doc) => doc.getMap("props").set("t", new Y.Text("x")),
    "[A7] a nested map": (doc) => doc.getMap("props").set("t", new Y.Map([["a", 1]])),
    "[A7] a subdocument": (doc) => doc.getMap("props").set("d", new Y.Doc()),
    "[A7] a deep value": (doc) => doc.getMap("props").set("x", [[[[[[1]]]]]]),
    "[A7] a long text": (doc) => doc.getMap("props").set("x", "y".repeat(9000)),
    "[A7] geometry that is not bytes": (doc) => doc.getMap("geo").set("m", { x: 1 }),
    "[A7] 300 KiB of bytes": (doc) => doc.getMap("geo").set("x", new Uint8Array(300 << 10)),
    "[A7] bytes in the place of a list": (doc) => doc.getMap("ops").set("n", new Uint8Array(3)),
    "[A8] a number in a list": (doc) => (doc.getMap("ops").get("m") as Y.Array<unknown>).push([5]),
    "[A8] bytes that are no operation": (doc) => listOf(doc, "m").push([new Uint8Array([200])]),
    "[A8] a list in a list": (doc) =>
      (doc.getMap("ops").get("m") as Y.Array<unknown>).push([new Y.Array()]),
    "[A8] a base operation": (doc) =>
      listOf(doc, "m").push([
        encodeBase({ author: 9, counter: 1 }, { left: 0, top: 0, right: 8, bottom: 8 }, () => true),
      ]),
    "[A9] a deleted operation": (doc) => listOf(doc, "m").delete(0, 1),
    "[A9] a list made anew": (doc) => doc.getMap("ops").set("m", new Y.Array()),
    "[A9] a deleted list": (doc) => doc.getMap("ops").delete("m"),
    "[A9] a list overwritten and the overwriting deleted": (doc) =>
      doc.transact(() => {
        doc.getMap("ops").set("m", 1);
        doc.getMap("ops").delete("m");
      }),
    "[A10] another's value, deleted": (doc) => doc.getMap("props").delete("m"),
  };
  test.each(Object.entries(breaking))("%s", (_name, act) => {
    const { room, eve } = paintedRoom();
    const before = Y.encodeStateAsUpdate(room.doc);
    act(eve);
    expect(room.send("eve", eve).kind).toBe("malformed");
    expect(Y.encodeStateAsUpdate(room.doc)).toEqual(before);
    expect(listOf(room.doc, "m").length).toBe(2);
  });

  test("[A9] a list made anew without knowing the present one, which would win, is refused", () => {
    const { room } = paintedRoom();
    const blind = new Y.Doc();
    blind.clientID = 2 ** 32 - 1;
    blind.getMap("ops").set("m", new Y.Array());
    expect(room.send("mallory", blind).kind).toBe("malformed");
    expect(listOf(room.doc, "m").length).toBe(2);
  });

  test("[A11] hostile bytes are malformed and never throw", () => {
    const { room } = paintedRoom();
    const varint = (n: number): number[] =>
      n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))];
    const good = (() => {
      const doc = room.join();
      doc.getMap("props").set("z", "x".repeat(50));
      return Y.encodeStateAsUpdate(doc);
    })();
    const hostile = [
      new Uint8Array(0),
      good.slice(0, good.length - 9),
      Uint8Array.from({ length: 200 }, (_, i) => (i * 73 + 5) & 255),
      Uint8Array.from([...varint(2 ** 40), 1, 1, 0]),
      Uint8Array.from([1, ...varint(5e7), ...varint(12345), 0]),
      Uint8Array.from([1, 1, ...varint(777), 0, 0, ...varint(2 ** 45), 0]),
      Uint8Array.from([1, 1, ...varint(777), 0, 0, ...varint(5), 0]),
      new Uint8Array([255, 255, 255, 127, 1]),
    ];
    for (const bytes of hostile) {
      expect(inspectKind(room, bytes)).not.toBe("admit");
    }
  });

  test("[A11] a struct without length is malformed: Yjs would fail half-way through it", () => {
    const { room, eve } = paintedRoom();
    listOf(eve, "m").push([dot(8, 1)]);
    // One client with two structs more, each a collected one (0) of length 0; then no deletes.
    const good = Y.encodeStateAsUpdate(eve, Y.encodeStateVector(room.doc));
    expect(good.subarray(0, 2)).toEqual(Uint8Array.from([1, 1]));
    expect(good.at(-1)).toBe(0);
    const bad = Uint8Array.from([1, 3, ...good.subarray(2, -1), 0, 0, 0, 0, 0]);
    expect(room.offer("eve", bad)).toEqual({
      kind: "malformed",
      reason: "a struct without length",
    });
    expect(room.send("eve", eve)).toMatchObject({ kind: "admit" });
  });

  test("[A11] structs that build on each other in a circle are malformed, and nothing of them waits in the room", () => {
    const { room } = paintedRoom();
    const [p, q] = [4001, 4002];
    // Two worlds: in one q writes first and p before it, in the other p first; the second half of each, together.
    const secondHalf = (first: number, second: number, counter: number): Uint8Array => {
      const before = room.join(first);
      listOf(before, "m").insert(1, [dot(8, counter)]);
      const after = new Y.Doc();
      Y.applyUpdate(after, Y.encodeStateAsUpdate(before));
      after.clientID = second;
      listOf(after, "m").insert(1, [dot(8, counter + 1)]);
      return Y.encodeStateAsUpdate(after, Y.encodeStateVector(before));
    };
    const circle = Y.mergeUpdates([secondHalf(q, p, 1), secondHalf(p, q, 3)]);
    expect(room.offer("eve", circle)).toEqual({
      kind: "malformed",
      reason: "structs that build on each other in a circle",
    });
    expect(room.doc.store.pendingStructs).toBeNull();
    // Written by turns without a circle, the same two are admitted, in whatever order they travel.
    const turns = room.join(p);
    listOf(turns, "m").push([dot(8, 5)]);
    turns.clientID = q;
    listOf(turns, "m").push([dot(8, 6)]);
    turns.clientID = p;
    listOf(turns, "m").push([dot(8, 7)]);
    expect(room.send("eve", turns)).toMatchObject({ kind: "admit" });
    expect(room.doc.store.pendingStructs).toBeNull();
    expect(listOf(room.doc, "m").length).toBe(5);
  });

  test("[A11] mutated updates never throw and never leave a damaged room", () => {
    const seed = 20261125;
    console.info(`seed ${seed}`);
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      return state / 0x7fffffff;
    };
    const { room, eve } = paintedRoom();
    listOf(eve, "m").push([dot(8, 1)]);
    eve.getMap("props").set("m/name", "name");
    eve.getMap("geo").set("m", new Uint8Array(20));
    const good = Y.encodeStateAsUpdate(eve, Y.encodeStateVector(room.doc));
    for (let i = 0; i < 3000; i++) {
      const bytes = good.slice();
      for (let k = 0; k < 1 + random() * 6; k++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      }
      room.offer(`fuzz ${i}`, bytes);
    }
    const ofAnn = listOf(room.doc, "m")
      .toArray()
      .filter((bytes) => operationHead(bytes)?.author === 7);
    expect(ofAnn).toEqual([dot(7, 1), dot(7, 2)]);
    expect(room.doc.store.pendingStructs).toBeNull();
    expect(room.doc.getMap("meta").get("v")).toBe(1);
  });
});

function inspectKind(room: ReturnType<typeof createRoom>, bytes: Uint8Array): string {
  return room.offer("mallory", bytes).kind;
}
