import {
  applyCommands,
  type AuthorNumber,
  brushOperations,
  createAuthorNumber,
  type ImageDocument,
  openImageDocument,
} from "@limn/shared/document";
import { isPixelSet, type TileMask } from "@limn/shared/raster";
import { afterEach, expect, test } from "vitest";
import { type Client, until } from "./testing/clients.ts";
import { createRoomWorld, type RoomWorld } from "./testing/room-world.ts";

const SIZE = { width: 640, height: 480 };
const worlds: RoomWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.dispose();
});

type Painter = { client: Client; document: ImageDocument; author: AuthorNumber };

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** All pixels of a mask as text, equal if and only if the masks are. */
function picture(mask: TileMask | undefined): string {
  if (mask === undefined) return "none";
  const rows: string[] = [];
  for (let y = 0; y < SIZE.height; y++) {
    let row = "";
    for (let x = 0; x < SIZE.width; x++) row += isPixelSet(mask, x, y) ? "#" : ".";
    rows.push(row);
  }
  return rows.join("\n");
}

function stroke(painter: Painter, random: () => number): void {
  const at = (): number => 100 + random() * 300;
  const operations = brushOperations(painter.author, {
    mode: random() < 0.7 ? "add" : "remove",
    radius: 4 + random() * 20,
    points: [at(), at(), at(), at(), at(), at()],
  });
  applyCommands(painter.document, [{ kind: "append-operations", id: "m", operations }], "me");
}

const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));

test(`[R40] people who brush on one mask, drop and come back end bit-equal with the server (seed ${seed})`, async () => {
  const random = createRandom(seed);
  const world = await createRoomWorld({ limits: { snapshotBytes: 2_000, snapshotRows: 25 } });
  worlds.push(world);
  const painters = ["ann", "bob", "cid"].map((user): Painter => {
    const client = world.client("one", user);
    return {
      client,
      document: openImageDocument(client.doc, SIZE),
      author: createAuthorNumber(random),
    };
  });
  await until("all in step", () => painters.every(({ client }) => client.saved()));
  const [first] = painters;
  if (first === undefined) throw new Error("nobody is here");
  applyCommands(first.document, [{ kind: "create", id: "m", shape: "mask", classId: "c1" }], "me");
  await until("all have the mask", () =>
    painters.every(({ document }) => document.annotation("m") !== undefined),
  );
  let strokes = 0;
  for (let round = 0; round < 60; round++) {
    for (const painter of painters) {
      const { provider } = painter.client;
      if (random() < 0.15) provider.disconnect();
      if (random() < 0.3) provider.connect();
      if (random() < 0.6) {
        stroke(painter, random);
        strokes++;
      }
    }
    // Now and then the network gets a turn, so that some strokes are concurrent and some are not.
    if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, random() * 8));
  }
  for (const { client } of painters) client.provider.connect();
  await until("all saved", () => painters.every(({ client }) => client.saved()), 15_000);
  await until(
    "all have all strokes",
    () => painters.every(({ document }) => document.annotation("m")?.operationCount === strokes),
    15_000,
  );
  const server = await world.rooms().read("one", (document) => picture(document.mask("m")));
  expect(server).toContain("#");
  for (const { document } of painters) expect(picture(document.mask("m")) === server).toBe(true);
  await world.restart();
  const reloaded = await world.rooms().read("one", (document) => picture(document.mask("m")));
  expect(reloaded === server).toBe(true);
}, 60_000);

test("[R41] a burst of offline work arrives whole and in order", async () => {
  const world = await createRoomWorld();
  worlds.push(world);
  const ann = world.client("one", "ann");
  const bob = world.client("one", "bob");
  const painter: Painter = {
    client: ann,
    document: openImageDocument(ann.doc, SIZE),
    author: createAuthorNumber(() => 0.3),
  };
  await until("in step", () => ann.saved() && bob.saved());
  applyCommands(
    painter.document,
    [{ kind: "create", id: "m", shape: "mask", classId: "c1" }],
    "me",
  );
  await until("saved", ann.saved);
  ann.provider.disconnect();
  const random = createRandom(1);
  for (let i = 0; i < 500; i++) stroke(painter, random);
  ann.provider.connect();
  await until("saved", ann.saved, 15_000);
  const reader = openImageDocument(bob.doc, SIZE);
  await until("bob has all", () => reader.annotation("m")?.operationCount === 500, 15_000);
  expect(picture(reader.mask("m")) === picture(painter.document.mask("m"))).toBe(true);
});
