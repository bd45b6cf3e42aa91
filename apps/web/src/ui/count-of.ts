/** "1 object", "2 objects", "1,200 images"; `word` takes an s when there is not exactly one. */
export function countOf(n: number, word: string): string {
  return `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
}
