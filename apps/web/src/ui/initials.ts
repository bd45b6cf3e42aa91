const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** Characters that stand for nothing by themselves, such as the marks that turn the direction of writing. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;

/** Up to two capitals that stand for a person's name; an emoji counts as one letter, whatever it is made of. */
export function initialsOf(name: string): string {
  const words = name
    // "Ana Kovac (you)" is still AK.
    .replace(/(?<=\S)\s+\(.*$/u, "")
    .split(/\s+/u)
    .map((word) => firstLetter(word))
    .filter((letter) => letter !== "");
  const last = words.length > 1 ? (words.at(-1) ?? "") : "";
  return `${words[0] ?? "?"}${last}`.toLocaleUpperCase();
}

/** The first letter of a word, and not a bracket if there is anything else. */
function firstLetter(word: string): string {
  const all = [...letters.segment(word)]
    .map(({ segment }) => segment)
    .filter((letter) => letter.replaceAll(INVISIBLE, "") !== "");
  return all.find((letter) => /[\p{L}\p{N}\p{Emoji_Presentation}]/u.test(letter)) ?? all[0] ?? "";
}
