// An edit carries 16 bytes that are found again in any frame, however a server batches and merges.

const HEAD = Buffer.from([0xc0, 0x11, 0xab, 0x1e]);
const MARKER_BYTES = 16;
const EXTRA_BYTES = 80;

export function createMarker(run: number, client: number, edit: number): Uint8Array {
  const marker = Buffer.alloc(MARKER_BYTES + EXTRA_BYTES);
  HEAD.copy(marker);
  marker.writeUInt32LE(run, 4);
  marker.writeUInt32LE(client, 8);
  marker.writeUInt32LE(edit, 12);
  for (let i = MARKER_BYTES; i < marker.length; i++) marker[i] = (i * 37 + edit) & 127;
  return new Uint8Array(marker);
}

export function* findMarkers(
  run: number,
  frame: Buffer,
): Generator<readonly [client: number, edit: number]> {
  for (let at = frame.indexOf(HEAD); at !== -1; at = frame.indexOf(HEAD, at + MARKER_BYTES)) {
    if (at + MARKER_BYTES > frame.length || frame.readUInt32LE(at + 4) !== run) continue;
    yield [frame.readUInt32LE(at + 8), frame.readUInt32LE(at + 12)];
  }
}
