import { z } from "zod";

/** Control characters, and marks that turn the direction of what follows: they hide what a name really says. */
const HIDDEN = /[\p{Cc}\u200E\u200F\u202A-\u202E\u2066-\u2069]/u;

/** One line of text that people read, such as a name. `what` begins the sentences of a refusal: "A project". */
export const nameOf = (what: string, most: number) =>
  z
    .string()
    .trim()
    .min(1, `${what} needs a name.`)
    .max(most, `The name has at most ${most} characters.`)
    .refine(
      (text) => !HIDDEN.test(text),
      "The name has invisible control characters in it: type it anew.",
    );
