/**
 * The check of one incoming Yjs update, before it touches the room's document (docs/spec/document.md, A1 to A12).
 *
 *   inspectUpdate(update, room) -> Admission
 *     room = { doc, user, canWrite, ownerOf(clientId), authorOwnerOf(author) }
 *
 * `doc` is the room's Y.Doc, which holds admitted updates only and is never changed here. `ownerOf` and `authorOwnerOf`
 * answer with a user id, or undefined for a number that nobody has used yet. On `admit` the caller binds `clients` and
 * `authors` to the user in the transaction that stores the update, then applies it. Never throws for a bad update.
 */
import * as Y from "yjs";
import { contentFault, isList } from "./admission-content.ts";
import { findFreshDeletes, inspectDeletes } from "./admission-deletes.ts";
import { canBeIntegrated } from "./admission-order.ts";
import { createPlaceFinder, type Place, type PlaceFinder, stateOf } from "./admission-places.ts";
import { type OperationHead, operationHead } from "../raster/index.ts";
import { rootsOf } from "./roots.ts";
import type { AnnotationId } from "./schema.ts";

export interface AdmissionRoom {
  readonly doc: Y.Doc;
  readonly user: string;
  /** May this user write here, now? */
  readonly canWrite: boolean;
  ownerOf(clientId: number): string | undefined;
  authorOwnerOf(author: number): string | undefined;
}

export type Admission =
  /** All of it is known already: acknowledge, for viewers too. */
  | { readonly kind: "nothing-new" }
  | {
      readonly kind: "admit";
      /** Yjs client ids that wrote, to be bound to the user. */
      readonly clients: readonly number[];
      /** Author numbers of the mask operations, to be bound to the user. */
      readonly authors: readonly number[];
      /** Annotations whose values or operations it writes. */
      readonly touched: readonly AnnotationId[];
    }
  /** Something that it builds on is missing: do not apply, ask with a sync step 1. */
  | { readonly kind: "not-ready" }
  /** The user may only read (close 4403, or 4423 where the image is locked). */
  | { readonly kind: "read-only" }
  /** Written in the name of a client id, or of an author number, of another user (close 4403). */
  | {
      readonly kind: "foreign";
      readonly what: "client" | "author";
      readonly number: number;
      readonly reason: string;
    }
  /** Not an update, or one that breaks a rule (close 4400). */
  | { readonly kind: "malformed"; readonly reason: string };

/** Structs longer than this are no honest edit of such a document. */
const MAX_STRUCT_LENGTH = 1_000_000;

type Decoded = ReturnType<typeof Y.decodeUpdate>;

export function inspectUpdate(update: Uint8Array, room: AdmissionRoom): Admission {
  let decoded: Decoded;
  try {
    decoded = Y.decodeUpdate(update);
  } catch {
    return { kind: "malformed", reason: "these bytes are not an update" };
  }
  try {
    return inspectDecoded(decoded, room);
  } catch (error) {
    // Hand-made structs can point anywhere; whatever Yjs' own look-ups make of that is the sender's fault.
    return { kind: "malformed", reason: error instanceof Error ? error.message : "unreadable" };
  }
}

function inspectDecoded(decoded: Decoded, room: AdmissionRoom): Admission {
  const fresh = findFreshStructs(decoded, room);
  if ("kind" in fresh) return fresh;
  const deletes = findFreshDeletes(decoded, room.doc.store, fresh.ends);
  if (deletes === "not-ready") return { kind: "not-ready" };
  if (fresh.items.length === 0 && deletes.length === 0 && fresh.ends.size === 0) {
    return { kind: "nothing-new" };
  }
  if (!room.canWrite) return { kind: "read-only" };

  const finder = createPlaceFinder(room.doc, fresh.items);
  const written = inspectItems(fresh.items, fresh.ends, finder, room);
  if ("kind" in written) return written;
  const deleteFault = inspectDeletes(deletes, fresh.items, finder, room);
  if (deleteFault !== undefined) return { kind: "malformed", reason: deleteFault };
  return {
    kind: "admit",
    clients: [...fresh.ends.keys()],
    authors: [...written.authors],
    touched: [...written.touched],
  };
}

interface FreshStructs {
  /** Clock after this update of each client that writes something new. */
  readonly ends: ReadonlyMap<number, number>;
  readonly items: readonly Y.Item[];
}

/** What is new, whether it follows on what we have without a hole, and whose it is. */
function findFreshStructs(decoded: Decoded, room: AdmissionRoom): FreshStructs | Admission {
  const ends = new Map<number, number>();
  const items: Y.Item[] = [];
  for (const struct of decoded.structs) {
    if (struct instanceof Y.Skip) return { kind: "not-ready" };
    // No edit makes one; it would pass for known below, and Yjs fails half-way through it.
    if (struct.length < 1) return { kind: "malformed", reason: "a struct without length" };
    const { client, clock } = struct.id;
    const known = ends.get(client) ?? stateOf(room.doc.store, client);
    if (clock > known) return { kind: "not-ready" };
    const end = clock + struct.length;
    if (struct.length > MAX_STRUCT_LENGTH || end > Number.MAX_SAFE_INTEGER / 2) {
      return { kind: "malformed", reason: "a struct is too long" };
    }
    // Known already: a harmless repetition, whoever wrote it.
    if (end <= known) continue;
    const owner = room.ownerOf(client);
    if (owner !== undefined && owner !== room.user) {
      return {
        kind: "foreign",
        what: "client",
        number: client,
        reason: "it is written with the client id of another person",
      };
    }
    ends.set(client, end);
    if (!(struct instanceof Y.Item)) {
      return { kind: "malformed", reason: "a collected struct: lists are never deleted here" };
    }
    items.push(struct);
  }
  return { ends, items };
}

interface Written {
  readonly authors: ReadonlySet<number>;
  readonly touched: ReadonlySet<AnnotationId>;
}

/** Causal references, places, contents and mask operations of everything new. */
function inspectItems(
  items: readonly Y.Item[],
  ends: ReadonlyMap<number, number>,
  finder: PlaceFinder,
  room: AdmissionRoom,
): Written | Admission {
  const { store } = room.doc;
  const roots = rootsOf(room.doc);
  const isHere = (id: Y.ID | null): boolean =>
    id === null || id.clock < (ends.get(id.client) ?? stateOf(store, id.client));
  const heads: OperationHead[] = [];
  const touched = new Set<AnnotationId>();
  const createdLists = new Set<string>();
  for (const item of items) {
    const parent = item.parent as unknown; // A decoded item names its parent by id or root name.
    if (!isHere(item.origin) || !isHere(item.rightOrigin)) return { kind: "not-ready" };
    if (parent instanceof Y.ID && !isHere(parent)) return { kind: "not-ready" };
    const place = finder.placeOf(item);
    if (typeof place === "string") return { kind: "malformed", reason: place };
    const fault = contentFault(item.content, place);
    if (fault !== undefined) return { kind: "malformed", reason: fault };
    if (isList(item.content)) {
      // Elsewhere it would win by last-writer-wins in half the cases, and Yjs would delete the list that is there.
      const isNew = item.origin === null && !roots.ops.has(place.key);
      if (!isNew || createdLists.has(place.key)) {
        return { kind: "malformed", reason: "a list of operations is made anew" };
      }
      createdLists.add(place.key);
    }
    touched.add(annotationOf(place));
    if (place.inList && item.content instanceof Y.ContentBinary) {
      const head = operationHead(item.content.content);
      if (head === undefined)
        return { kind: "malformed", reason: "a mask operation is unreadable" };
      heads.push(head);
    }
  }
  if (!canBeIntegrated(items, room.doc))
    return { kind: "malformed", reason: "structs that build on each other in a circle" };
  const authors = inspectOperations(heads, room);
  return authors instanceof Set ? { authors, touched } : authors;
}

function annotationOf(place: Place): AnnotationId {
  const slash = place.key.indexOf("/");
  return slash < 0 ? place.key : place.key.slice(0, slash);
}

/** Operations carry an author number of this user, and undo and redo only what such a number has made. */
function inspectOperations(
  heads: readonly OperationHead[],
  room: AdmissionRoom,
): Set<number> | Admission {
  const authors = new Set<number>();
  for (const { kind, author } of heads) {
    if (kind === "base")
      return { kind: "malformed", reason: "only the server writes base operations" };
    const owner = room.authorOwnerOf(author);
    if (owner !== undefined && owner !== room.user) return foreignAuthor(author);
    authors.add(author);
  }
  for (const { target } of heads) {
    if (target === undefined || authors.has(target.author)) continue;
    if (room.authorOwnerOf(target.author) !== room.user) return foreignAuthor(target.author);
  }
  return authors;
}

function foreignAuthor(author: number): Admission {
  return {
    kind: "foreign",
    what: "author",
    number: author,
    reason: "a mask operation is written, undone or redone in the name of another person",
  };
}
