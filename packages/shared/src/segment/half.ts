/*
 * IEEE 754 half precision: 11 significant bits, values up to 65,504. Written out because not every browser that the rest
 * runs in has Float16Array; it gives the same bits.
 */

const single = new Float32Array(1);
const bitsOf = new Uint32Array(single.buffer);

/** The 16 bits nearest to a number, ties to even; what is too large becomes infinite. */
export function toHalf(value: number): number {
  single[0] = value;
  const bits = bitsOf[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const rest = bits & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00;
  // From here on the nearest half is the infinite one.
  if (rest >= 0x477ff000) return sign | 0x7c00;
  if (rest < 0x38800000) {
    // Halves below 2^-14 are multiples of 2^-24; adding 2^-1 in single precision rounds to those.
    single[0] = Math.abs(value) + 0.5;
    return sign | ((bitsOf[0] ?? 0) - 0x3f000000);
  }
  const odd = (rest >>> 13) & 1;
  return sign | ((rest - 0x38000000 + 0xfff + odd) >>> 13);
}

let table: Float32Array | undefined;

function makeTable(): Float32Array {
  const values = new Float32Array(65_536);
  for (let bits = 0; bits < values.length; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 0x3ff;
    if (exponent === 31) values[bits] = fraction === 0 ? sign * Infinity : NaN;
    else if (exponent === 0) values[bits] = sign * fraction * 2 ** -24;
    else values[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return values;
}

/** The numbers that halves stand for. */
export function fromHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  table ??= makeTable();
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = table[halves[i] ?? 0] ?? 0;
  return values;
}
