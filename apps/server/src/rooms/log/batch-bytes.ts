import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Binding, Edit, LogBatch, LogRow, RoomBinding, RoomSnapshot } from "./log.ts";

// A batch crosses to the worker as one buffer that is transferred: structured clone of many small arrays costs more
// than the commit itself, and a view into a socket's receive buffer would drag that whole buffer along.

type Told = LogBatch["told"][number];

export function encodeBatch(batch: LogBatch): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, batch.rows.length);
  for (const row of batch.rows) {
    encoding.writeVarString(encoder, row.room);
    encoding.writeVarUint(encoder, row.seq);
    encoding.writeVarUint(encoder, row.at);
    encoding.writeVarString(encoder, row.edits.length === 0 ? "" : JSON.stringify(row.edits));
    writeUpdates(encoder, row.updates);
  }
  for (const bindings of [batch.clients, batch.authors]) {
    encoding.writeVarUint(encoder, bindings.length);
    for (const { room, binding } of bindings) {
      encoding.writeVarString(encoder, room);
      encoding.writeVarUint(encoder, binding[0]);
      encoding.writeVarString(encoder, binding[1]);
    }
  }
  encoding.writeVarUint(encoder, batch.snapshots.length);
  for (const snapshot of batch.snapshots) {
    encoding.writeVarString(encoder, snapshot.room);
    encoding.writeVarUint(encoder, snapshot.seq);
    encoding.writeVarUint8Array(encoder, snapshot.state);
  }
  encoding.writeVarUint(encoder, batch.told.length);
  for (const told of batch.told) {
    encoding.writeVarString(encoder, told.room);
    encoding.writeVarUint(encoder, told.seq);
  }
  return encoding.toUint8Array(encoder);
}

/** The batch with updates and edits as they are stored: one blob, one JSON text. */
export type PackedBatch = Omit<LogBatch, "rows"> & {
  readonly rows: readonly (Omit<LogRow, "edits" | "updates"> & {
    readonly edits: string;
    readonly blob: Uint8Array;
  })[];
};

export function decodeBatch(bytes: Uint8Array<ArrayBuffer>): PackedBatch {
  const decoder = decoding.createDecoder(bytes);
  const rows = readMany(decoder, () => ({
    room: decoding.readVarString(decoder),
    seq: decoding.readVarUint(decoder),
    at: decoding.readVarUint(decoder),
    edits: decoding.readVarString(decoder),
    blob: decoding.readVarUint8Array(decoder),
  }));
  const readBinding = (): RoomBinding => {
    const room = decoding.readVarString(decoder);
    const number = decoding.readVarUint(decoder);
    const binding: Binding = [number, decoding.readVarString(decoder)];
    return { room, binding };
  };
  const clients = readMany(decoder, readBinding);
  const authors = readMany(decoder, readBinding);
  const snapshots = readMany(decoder, (): RoomSnapshot => ({
    room: decoding.readVarString(decoder),
    seq: decoding.readVarUint(decoder),
    state: decoding.readVarUint8Array(decoder),
  }));
  const told = readMany(decoder, (): Told => ({
    room: decoding.readVarString(decoder),
    seq: decoding.readVarUint(decoder),
  }));
  return { rows, clients, authors, snapshots, told };
}

function readMany<T>(decoder: decoding.Decoder, readOne: () => T): T[] {
  const many: T[] = [];
  for (let left = decoding.readVarUint(decoder); left > 0; left--) many.push(readOne());
  return many;
}

/** A blob within the batch: its length, then each update with its own. */
function writeUpdates(encoder: encoding.Encoder, updates: readonly Uint8Array[]): void {
  let size = 0;
  for (const update of updates) size += varUintSize(update.length) + update.length;
  encoding.writeVarUint(encoder, size);
  for (const update of updates) encoding.writeVarUint8Array(encoder, update);
}

function varUintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 127; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** The updates of one row's blob. */
export function splitBlob(blob: Uint8Array<ArrayBuffer>): Uint8Array[] {
  const decoder = decoding.createDecoder(blob);
  const updates: Uint8Array[] = [];
  while (decoding.hasContent(decoder)) updates.push(decoding.readVarUint8Array(decoder));
  return updates;
}

export function parseEdits(json: string): readonly Edit[] {
  // Written by encodeBatch alone, so its shape is known.
  return json === "" ? [] : (JSON.parse(json) as readonly Edit[]);
}
