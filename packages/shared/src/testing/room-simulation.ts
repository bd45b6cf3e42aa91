import * as Y from "yjs";
import { encodeEmptyDocument, inspectUpdate } from "../document/index.ts";

/** A client as the simulated room sees it. Whoever owns it moves what is in the boxes. */
export interface RoomClient {
  readonly user: string;
  readonly doc: Y.Doc;
  readonly inbox: Uint8Array[];
  readonly outbox: Uint8Array[];
  online: boolean;
}

export interface SimulatedRoom {
  readonly doc: () => Y.Doc;
  readonly clients: Set<RoomClient>;
  /** One update from a client: admission, log, broadcast. Answers what admission said. */
  receive(from: RoomClient, update: Uint8Array): string;
  /** The handshake of y-websocket; `clientFirst` says whose state travels first. */
  connect(client: RoomClient, clientFirst: boolean): string;
  disconnect(client: RoomClient): void;
  /** Everything that is not in the log is gone, and so are all connections. */
  crash(): void;
}

/** A server in one process: the same checks as a real one, over boxes in place of sockets. */
export function createSimulatedRoom(): SimulatedRoom {
  const log: Uint8Array[] = [encodeEmptyDocument(1)];
  const owners = new Map<number, string>([[1, "server"]]);
  const authors = new Map<number, string>();
  const clients = new Set<RoomClient>();
  let doc = loadLog(log);

  const commit = (update: Uint8Array, from: RoomClient): void => {
    log.push(update);
    Y.applyUpdate(doc, update);
    for (const client of clients) if (client.online && client !== from) client.inbox.push(update);
  };

  const receive = (from: RoomClient, update: Uint8Array): string => {
    const verdict = inspectUpdate(update, {
      doc,
      user: from.user,
      canWrite: true,
      ownerOf: (client) => owners.get(client),
      authorOwnerOf: (author) => authors.get(author),
    });
    if (verdict.kind === "admit") {
      for (const client of verdict.clients) owners.set(client, from.user);
      for (const author of verdict.authors) authors.set(author, from.user);
      commit(update, from);
    }
    if (verdict.kind === "not-ready") {
      // A room asks with a sync step 1; the answer holds all that it lacks.
      return receive(from, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(doc)));
    }
    return "reason" in verdict ? `${verdict.kind}: ${verdict.reason}` : verdict.kind;
  };

  const disconnect = (client: RoomClient): void => {
    client.online = false;
    client.inbox.length = 0;
    client.outbox.length = 0;
  };

  return {
    doc: () => doc,
    clients,
    receive,
    connect: (client, clientFirst) => {
      client.online = true;
      client.outbox.length = 0;
      const download = (): void => {
        client.inbox.length = 0;
        const update = Y.encodeStateAsUpdate(doc, Y.encodeStateVector(client.doc));
        Y.applyUpdate(client.doc, update, "network");
      };
      if (!clientFirst) download();
      const verdict = receive(client, Y.encodeStateAsUpdate(client.doc, Y.encodeStateVector(doc)));
      if (clientFirst) download();
      return verdict;
    },
    disconnect,
    crash: () => {
      for (const client of clients) disconnect(client);
      doc = loadLog(log);
    },
  };
}

function loadLog(log: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc();
  for (const update of log) Y.applyUpdate(doc, update);
  return doc;
}
