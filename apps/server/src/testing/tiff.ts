/** What a plain TIFF says about its pixels; the numbers are those of the TIFF 6.0 specification. */
interface TiffKind {
  readonly bits: 8 | 16 | 32;
  readonly samples: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 5 CMYK, 8 CIELab. */
  readonly photometric: 0 | 1 | 2 | 5 | 8;
  /** 1 unsigned, 2 signed, 3 floating point. */
  readonly format?: 1 | 2 | 3;
  /** 1 associated, 2 unassociated alpha, as last sample. */
  readonly extra?: 1 | 2;
  readonly orientation?: number;
}

/** Writes an uncompressed little-endian TIFF of one strip; `value(x, y, sample)` gives each sample. */
export function writeTiff(
  width: number,
  height: number,
  kind: TiffKind,
  value: (x: number, y: number, sample: number) => number,
): Buffer {
  const { bits, samples, format = 1 } = kind;
  const bytes = bits / 8;
  const pixels = Buffer.alloc(width * height * samples * bytes);
  let at = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let s = 0; s < samples; s++, at += bytes) {
        const v = value(x, y, s);
        if (format === 3) pixels.writeFloatLE(v, at);
        else if (format === 2) pixels.writeIntLE(v, at, bytes);
        else pixels.writeUIntLE(v, at, bytes);
      }
  const perSample = (v: number): number[] => Array<number>(samples).fill(v);
  const tags: [tag: number, values: number[]][] = [
    [256, [width]],
    [257, [height]],
    [258, perSample(bits)],
    [259, [1]],
    [262, [kind.photometric]],
    [273, [8]],
    [274, [kind.orientation ?? 1]],
    [277, [samples]],
    [278, [height]],
    [279, [pixels.length]],
    ...(kind.extra === undefined ? [] : ([[338, [kind.extra]]] as [number, number[]][])),
    [339, perSample(format)],
  ];
  const directory = Buffer.alloc(2 + tags.length * 12 + 4);
  const lists: Buffer[] = [];
  let listAt = 8 + pixels.length + directory.length;
  directory.writeUInt16LE(tags.length, 0);
  for (const [i, [tag, values]] of tags.entries()) {
    const entry = 2 + i * 12;
    directory.writeUInt16LE(tag, entry);
    directory.writeUInt16LE(4, entry + 2);
    directory.writeUInt32LE(values.length, entry + 4);
    const list = Buffer.alloc(values.length * 4);
    values.forEach((v, j) => list.writeUInt32LE(v, j * 4));
    if (values.length === 1) list.copy(directory, entry + 8);
    else {
      directory.writeUInt32LE(listAt, entry + 8);
      listAt += list.length;
      lists.push(list);
    }
  }
  const header = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0]);
  header.writeUInt32LE(8 + pixels.length, 4);
  return Buffer.concat([header, pixels, directory, ...lists]);
}
