/** "#rrggbb" and an opacity (0..1) as bytes red, green, blue, alpha from the lowest up; grey for anything else. */
export function packColor(hex: string, alpha = 1): number {
  const value = /^#[0-9a-f]{6}$/i.test(hex) ? Number.parseInt(hex.slice(1), 16) : 0x8a8f98;
  const red = value >> 16;
  const green = (value >> 8) & 255;
  const blue = value & 255;
  return (red | (green << 8) | (blue << 16) | (Math.round(alpha * 255) << 24)) >>> 0;
}
