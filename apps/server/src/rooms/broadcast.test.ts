import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { createBroadcast } from "./broadcast.ts";

/** The messages that a client takes from these bytes on the line, between two of `ws` itself. */
async function readMessages(pieces: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, { socket: line }) => {
    socket.send(message(9));
    for (const piece of pieces) line.write(piece);
    socket.send(message(11));
    socket.close();
  });
  await once(server, "listening");
  // It listens on a TCP port, as the line above says.
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  const messages: Uint8Array[] = [];
  client.on("message", (data: Buffer, isBinary: boolean) => {
    if (isBinary) messages.push(new Uint8Array(data));
  });
  await once(client, "close");
  server.close();
  expect([messages[0], messages.at(-1)]).toEqual([message(9), message(11)]);
  return messages.slice(1, -1);
}

const message = (length: number): Uint8Array => new Uint8Array(length).fill(length % 251);

test("[R16] messages of every length arrive as they were, in order", async () => {
  const messages = [1, 125, 126, 200, 65_535, 65_536, 1 << 20].map(message);
  expect(await readMessages(createBroadcast(messages).pieces([]))).toEqual(messages);
});

test("[R16] each reader gets all but its own", async () => {
  const messages = [3, 300, 5, 70_000, 7].map(message);
  const broadcast = createBroadcast(messages);
  for (const own of [[0], [4], [1, 2], [0, 2, 4], [1, 3], [0, 1, 2, 3]]) {
    const expected = messages.filter((_, index) => !own.includes(index));
    expect(await readMessages(broadcast.pieces(own))).toEqual(expected);
  }
  expect(broadcast.pieces([0, 1, 2, 3, 4])).toEqual([]);
  expect(createBroadcast([]).pieces([])).toEqual([]);
});
