/**
 * Several people, one image, bad luck: offline spells, lost frames, replays, page reloads, server crashes, undo and
 * redo, in seeded random order, through the same admission as in a room. SCHEDULES sets how many orders are tried,
 * SEED where they begin.
 */
import { expect, test } from "vitest";
import * as Y from "yjs";
import { activeOperations, foldOperations, isPixelSet } from "../raster/index.ts";
import {
  createPerson,
  createSeededRandom,
  createSimulatedRoom,
  foldByBruteForce,
  hashMask,
  type Person,
  type RoomClient,
  type SeededRandom,
} from "../testing/index.ts";
import {
  type Annotation,
  annotationBitmask,
  brushOperations,
  convertToMask,
  moveMask,
  replaceWithDifference,
} from "./index.ts";

// Two tiles across, small enough for brute force.
const SIZE = { width: 280, height: 40 };
const SCHEDULES = Number(process.env["SCHEDULES"] ?? 60);
const SEED = Number(process.env["SEED"] ?? 1000);

interface Client extends RoomClient {
  person: Person;
}

/** What each person last did to each of their own strokes. */
type LastActions = Map<string, "do" | "undo">;

test("[V1] all replicas come to the same, and nothing of anybody is lost or undone by others", () => {
  console.info(`seed ${SEED}, ${SCHEDULES} schedules`);
  let operations = 0;
  for (let schedule = 0; schedule < SCHEDULES; schedule++)
    operations += runSchedule(SEED + schedule);
  console.info(`${operations} strokes`);
  expect(operations).toBeGreaterThan(SCHEDULES * 10);
});

function deliver(client: Client, count = Infinity): void {
  for (const update of client.inbox.splice(0, count)) {
    Y.applyUpdate(client.doc, update, "network");
  }
}

/** Returns how many strokes and regions there were. */
function runSchedule(seed: number): number {
  const random = createSeededRandom(seed);
  const room = createSimulatedRoom();
  const verdicts = new Set<string>();
  const actions: LastActions = new Map();
  let numbers = 10;
  const nextNumber = (): number => (numbers += 1 + random.integer(50));

  const attach = (person: Person, user: string): Client => {
    const client: Client = {
      user,
      person,
      doc: person.doc,
      inbox: [],
      outbox: [],
      online: false,
    };
    person.doc.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== "network") client.outbox.push(update);
    });
    room.clients.add(client);
    return client;
  };
  const connect = (client: Client): void => {
    verdicts.add(room.connect(client, random.chance(0.5)));
  };
  const flush = (client: Client, count = Infinity): void => {
    for (const update of client.outbox.splice(0, count)) verdicts.add(room.receive(client, update));
  };
  /** The page is loaded again: new client id and author number, the document and the history from disk. */
  const reload = (client: Client): Client => {
    const later = createPerson(nextNumber(), SIZE);
    later.doc.clientID = nextNumber() + 100_000;
    Y.applyUpdate(later.doc, Y.encodeStateAsUpdate(client.doc), "network");
    later.history.restore(structuredClone(client.person.history.serialize()));
    room.disconnect(client);
    room.clients.delete(client);
    return attach(later, client.user);
  };

  const clients = Array.from({ length: 2 + random.integer(3) }, (_item, index) =>
    attach(createPerson(nextNumber(), SIZE), `user ${index}`),
  );
  for (const client of clients) connect(client);

  /** In every other schedule most edits arrive at once, so that people answer one another's. */
  const isQuick = random.chance(0.5);
  const steps = 60 + random.integer(60);
  for (let step = 0; step < steps; step++) {
    const index = random.integer(clients.length);
    const client = random.pick([clients[index]].filter((item) => item !== undefined));
    const dice = random.next();
    if (dice < 0.6) {
      act(client, random, actions, step);
      if (isQuick && client.online && random.chance(0.8)) {
        flush(client);
        for (const other of clients) deliver(other);
      }
    } else if (dice < 0.72) flush(client, 1 + random.integer(3));
    else if (dice < 0.84) deliver(client, 1 + random.integer(4));
    else if (dice < 0.92) {
      if (client.online) room.disconnect(client);
      else connect(client);
    } else if (dice < 0.95) clients[index] = reload(client);
    else if (dice < 0.98) {
      // The acknowledgement was lost: the whole state is sent once more.
      if (client.online) verdicts.add(room.receive(client, Y.encodeStateAsUpdate(client.doc)));
    } else room.crash();
  }
  for (let round = 0; round < 3; round++) {
    for (const client of clients) {
      if (!client.online) connect(client);
      flush(client);
    }
    for (const client of clients) deliver(client);
  }

  const context = `seed ${seed}`;
  expect({ context, verdicts: [...verdicts].filter((verdict) => verdict.includes(":")) }).toEqual({
    context,
    verdicts: [],
  });
  expect({ context, foreign: verdicts.has("foreign") }).toEqual({ context, foreign: false });
  checkReplicas(clients, context);
  checkStrokes(clients, actions, context);
  return actions.size;
}

/** One random edit, as the tools make it. */
function act(client: Client, random: SeededRandom, actions: LastActions, step: number): void {
  const { person, user } = client;
  const { document, history, author } = person;
  const before = ownActive(client, actions);
  const list = document.list();
  const dice = random.next();
  if (dice < 0.1 || list.length === 0) {
    create(client, random, `${step}-${author.author}`);
  } else if (dice < 0.38) {
    paint(client, random, random.pick(list));
  } else if (dice < 0.55) {
    // Few objects, so that people meet at the same values.
    const { id } = random.pick(list.slice(0, 2));
    history.perform("value", [
      random.pick([
        { kind: "set-class" as const, id, classId: `${user}:${step}` },
        { kind: "set-name" as const, id, name: `${user}:${step}` },
        { kind: "set-order" as const, id, order: random.integer(9) / 10 },
        { kind: "set-attribute" as const, id, key: "k", value: `${user}:${step}` },
      ]),
    ]);
  } else if (dice < 0.62) {
    const { id, shape } = random.pick(list);
    if (shape === "polygon") {
      history.perform("geometry", [{ kind: "set-geometry", id, rings: [triangle(random)] }]);
    }
  } else if (dice < 0.66) {
    const { id, shape } = random.pick(list);
    const dx = random.integer(21) - 10;
    if (shape === "mask") history.perform("move", moveMask(document, id, dx, 3, author));
  } else if (dice < 0.7) {
    const { id, shape } = random.pick(list);
    if (shape === "mask") {
      const other = annotationBitmask(document, random.pick(list).id);
      history.perform("smart", replaceWithDifference(document, id, other, author));
    }
  } else if (dice < 0.74) {
    history.perform("delete", [{ kind: "delete", id: random.pick(list).id, at: step }]);
  } else if (dice < 0.76) {
    const deleted = document.listAll().filter((annotation) => annotation.deleted);
    if (deleted.length > 0) {
      history.perform("restore", [{ kind: "restore", id: random.pick(deleted).id }]);
    }
  } else {
    undoOrRedo(client, random);
  }
  const after = ownActive(client, actions);
  for (const id of after) actions.set(id, "do");
  for (const id of before) if (!after.has(id)) actions.set(id, "undo");
}

/** Undo may change values only of the person who undoes. */
function undoOrRedo({ person, user }: Client, random: SeededRandom): void {
  const before = new Map(person.document.listAll().map((each) => [each.id, each]));
  const isUndo = random.chance(0.65);
  if (isUndo) person.history.undo();
  else person.history.redo();
  for (const after of person.document.listAll()) {
    const old = before.get(after.id);
    if (old === undefined || !isUndo) continue;
    for (const key of ["classId", "name"] as const) {
      if (old[key] !== after[key]) expect(old[key]).toContain(`${user}:`);
    }
  }
}

function triangle(random: SeededRandom): number[] {
  return Array.from(
    { length: 6 },
    (_value, i) => random.integer((i % 2 === 0 ? SIZE.width : SIZE.height) * 4) / 4,
  );
}

function stroke(client: Client, random: SeededRandom): Uint8Array[] {
  return brushOperations(client.person.author, {
    mode: random.chance(0.65) ? "add" : "remove",
    radius: 1 + random.integer(8),
    points: triangle(random).slice(0, 2 * (1 + random.integer(3))),
  });
}

function create(client: Client, random: SeededRandom, id: string): void {
  const { history } = client.person;
  const classId = `${client.user}:new`;
  const shape = random.pick(["mask", "polygon", "box"] as const);
  if (shape === "mask") {
    const operations = random.chance(0.5) ? stroke(client, random) : [];
    history.perform("create", [{ kind: "create", id, shape, classId, operations }]);
  } else {
    const box = { x: random.integer(250), y: random.integer(30), width: 20, height: 8 };
    const rings = [triangle(random)];
    history.perform("create", [{ kind: "create", id, shape, classId, rings, box }]);
  }
}

function paint(client: Client, random: SeededRandom, { id, shape }: Annotation): void {
  const { document, history, author } = client.person;
  const gesture = history.begin("paint");
  if (shape !== "mask") gesture.perform(convertToMask(document, id, author));
  const chunks = 1 + random.integer(2);
  for (let i = 0; i < chunks; i++) {
    gesture.perform([{ kind: "append-operations", id, operations: stroke(client, random) }]);
  }
  if (random.chance(0.1)) gesture.cancel();
  else gesture.end();
  // The tiles are read now and then, so that they are kept up to date from different points on.
  if (random.chance(0.3)) document.mask(id);
}

/** This person's strokes that count in their replica: written now or in an earlier page load. */
function ownActive({ person, user }: Client, actions: LastActions): Set<string> {
  const own = new Set<string>();
  for (const { id } of person.document.listAll()) {
    for (const operation of activeOperations(person.document.operations(id))) {
      const key = `${user}|${id}|${operation.id}`;
      if (operation.author === person.author.author || actions.has(key)) own.add(key);
    }
  }
  return own;
}

function checkReplicas(clients: readonly Client[], context: string): void {
  const [first, ...others] = clients.map(({ person }) => person.document);
  if (first === undefined) return;
  for (const other of others) {
    expect({ context, all: other.listAll() }).toEqual({ context, all: first.listAll() });
  }
  for (const { id, shape } of first.listAll()) {
    if (shape !== "mask") continue;
    const fresh = foldOperations(SIZE, first.operations(id));
    const expected = foldByBruteForce(first.operations(id), SIZE.width, SIZE.height);
    let wrong = 0;
    for (let y = 0; y < SIZE.height; y++) {
      for (let x = 0; x < SIZE.width; x++) {
        if (isPixelSet(fresh, x, y) !== (expected[y * SIZE.width + x] === 1)) wrong++;
      }
    }
    expect({ context, id, wrong }).toEqual({ context, id, wrong: 0 });
    for (const { person } of clients) {
      const mask = person.document.mask(id);
      expect({ context, id, bits: mask && hashMask(mask) }).toEqual({
        context,
        id,
        bits: hashMask(fresh),
      });
    }
  }
}

function checkStrokes(clients: readonly Client[], actions: LastActions, context: string): void {
  const document = clients[0]?.person.document;
  if (document === undefined) return;
  for (const [key, action] of actions) {
    const [, id = "", operation] = key.split("|");
    const isActive = activeOperations(document.operations(id)).some(
      (each) => each.id === operation,
    );
    expect({ context, key, isActive }).toEqual({ context, key, isActive: action === "do" });
  }
}
