import { z } from "zod";

/** Units that a limit counts, by the kind of value. */
const UNITS: Readonly<Record<string, string>> = {
  string: " characters",
  array: " entries",
  file: " bytes",
  set: " entries",
};

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

/** Of a number, not of how many there are. */
const isNumber = (origin: string): boolean => origin === "number" || origin === "int";

/** What the schema library finds wrong, as a sentence that ends with a full stop; undefined: it has one of its own. */
function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.input === undefined) return "This is missing.";
      return `This must be ${KINDS[issue.expected] ?? issue.expected}.`;
    case "too_big":
      if (isNumber(issue.origin))
        return `This must be ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}.`;
      return `At most ${issue.maximum}${UNITS[issue.origin] ?? ""} are allowed here.`;
    case "too_small":
      if (isNumber(issue.origin))
        return `This must be ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}.`;
      if (String(issue.minimum) === "1") return "This must not be empty.";
      return `At least ${issue.minimum}${UNITS[issue.origin] ?? ""} are needed here.`;
    case "invalid_value":
      return `This must be one of: ${issue.values.map(String).join(", ")}.`;
    case "invalid_union":
      return "This has none of the forms that are allowed here.";
    case "unrecognized_keys":
      return `There is nothing called ${issue.keys.join(", ")} here: leave it out.`;
    default:
      return undefined;
  }
}

z.config({ customError: sentenceOf });
