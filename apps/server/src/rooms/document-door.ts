// Stand-in until the document's own door has these; replaced by it.
import * as Y from "yjs";

export type Verdict =
  | { readonly kind: "nothing-new" }
  | { readonly kind: "not-ready" }
  | { readonly kind: "malformed"; readonly reason: string }
  | { readonly kind: "foreign"; readonly reason: string }
  | {
      readonly kind: "admit";
      readonly clients: readonly number[];
      readonly authors: readonly number[];
    };

export type AdmissionRoom = {
  readonly doc: Y.Doc;
  readonly userId: string;
  readonly ownerOfClient: (clientId: number) => string | undefined;
  readonly ownerOfAuthor: (author: number) => string | undefined;
};

export function inspectUpdate(update: Uint8Array, room: AdmissionRoom): Verdict {
  let decoded;
  try {
    decoded = Y.decodeUpdate(update);
  } catch {
    return { kind: "malformed", reason: "the update cannot be decoded" };
  }
  const clients = new Set<number>();
  const end = new Map<number, number>();
  const state = (c: number): number => end.get(c) ?? Y.getState(room.doc.store, c);
  for (const struct of decoded.structs) {
    const { client, clock } = struct.id;
    if (clock > state(client) || struct instanceof Y.Skip) return { kind: "not-ready" };
    if (clock + struct.length <= state(client)) continue;
    end.set(client, clock + struct.length);
    const owner = room.ownerOfClient(client);
    if (owner !== undefined && owner !== room.userId)
      return { kind: "foreign", reason: "client id" };
    clients.add(client);
  }
  if (clients.size === 0) return { kind: "nothing-new" };
  return { kind: "admit", clients: [...clients], authors: [] };
}

export function touchedAnnotations(transaction: Y.Transaction): readonly string[] {
  const ids = new Set<string>();
  for (const [, keys] of transaction.changed)
    for (const key of keys) if (key !== null) ids.add(key);
  return [...ids];
}

export function writeVersion(doc: Y.Doc): void {
  const meta = doc.getMap("meta");
  if (meta.get("v") === undefined) meta.set("v", 1);
}
