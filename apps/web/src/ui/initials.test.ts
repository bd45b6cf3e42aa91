import { expect, test } from "vitest";
import { countOf } from "./count-of.ts";
import { initialsOf } from "./initials.ts";

test("initials are whole letters of the first and the last word", () => {
  expect(initialsOf("Ana Kovac")).toBe("AK");
  expect(initialsOf("  jo  ")).toBe("J");
  expect(initialsOf("Maria von der Au")).toBe("MA");
  expect(initialsOf("Ана <b>Kovač</b> 🦊")).toBe("А🦊");
  expect(initialsOf("Eva 👩‍👩‍👧‍👦")).toBe("E👩‍👩‍👧‍👦");
  expect(initialsOf("é́ (you)")).toBe("É́");
  expect(initialsOf("\u202Eevil one")).toBe("EO");
  expect(initialsOf("\u202E")).toBe("?");
});

test("one thing is not several", () => {
  expect([0, 1, 2, 1200].map((n) => countOf(n, "object"))).toEqual([
    "0 objects",
    "1 object",
    "2 objects",
    "1,200 objects",
  ]);
});
