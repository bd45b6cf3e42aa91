/** Colours told apart from each other on a photo and on both themes; people and classes take the next free one. */
const PALETTE = [
  "#e6550d",
  "#2f7ed8",
  "#2ca02c",
  "#d62f8a",
  "#8c62d0",
  "#17a2b8",
  "#d4a017",
  "#e0393e",
  "#6b8e23",
  "#4b5cc4",
  "#00a37a",
  "#b5651d",
  "#c04ad1",
  "#5aa9e6",
  "#94a000",
  "#f08080",
] as const;

/** The colour that is used least among `used`, the earlier one of equals. */
export function nextColor(used: readonly string[]): string {
  const times = (color: string) => used.filter((other) => other.toLowerCase() === color).length;
  return PALETTE.reduce((best, color) => (times(color) < times(best) ? color : best));
}
