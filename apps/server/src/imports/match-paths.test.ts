import { expect, test } from "vitest";
import { matchPaths } from "./match-paths.ts";

/** "candidate (closeness)" for each wanted path. */
function match(wanted: string[], candidates: string[]): (string | null)[] {
  return matchPaths(wanted, candidates).matches.map((found) =>
    found === null ? null : `${candidates[found.candidate]} (${found.closeness})`,
  );
}

test("[IM11] the same path, however its letters are composed", () => {
  expect(match(["a/é.png".normalize("NFC")], ["é.png", "a/é.png".normalize("NFD")])).toEqual([
    `${"a/é.png".normalize("NFD")} (same)`,
  ]);
});

test("[IM11] with the folder of the pictures before it, or the folders of another machine", () => {
  expect(
    match(["cam1/1.png", "cam2/1.png"], ["set/images/cam2/1.png", "set/images/cam1/1.png"]),
  ).toEqual(["set/images/cam1/1.png (deeper)", "set/images/cam2/1.png (deeper)"]);
  expect(match(["home/me/set/cam1/1.png"], ["cam1/1.png", "cam2/1.png"])).toEqual([
    "cam1/1.png (shallower)",
  ]);
  expect(match(["home/me/cam1/1.png"], ["x/cam1/1.png", "x/cam2/1.png"])).toEqual([
    "x/cam1/1.png (shallower)",
  ]);
});

test("[IM12] by the name alone only where no other has it", () => {
  expect(match(["x/1.PNG", "x/2.png"], ["y/1.png", "y/3.png"])).toEqual(["y/1.png (name)", null]);
  const two = matchPaths(["x/1.png"], ["y/1.png", "z/1.png"]);
  expect(two).toEqual({ matches: [null], ambiguous: [0] });
});

test("[IM12] two that want one picture: the closer has it, of equals none", () => {
  expect(match(["x/1.png", "1.png"], ["1.png"])).toEqual([null, "1.png (same)"]);
  expect(matchPaths(["a/1.png", "b/1.png"], ["1.png"])).toEqual({
    matches: [null, null],
    ambiguous: [0, 1],
  });
});

test("[IM11] names escaped as in web addresses", () => {
  expect(match(["my%20photo.png", "100%.png"], ["my photo.png", "100%.png"])).toEqual([
    "my photo.png (same)",
    "100%.png (same)",
  ]);
});
