import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Case, type Expectation, readCases } from "./case-files.ts";
import { type CaseServer, startCaseServer } from "./case-server.ts";
import { CHECKS, LEFT } from "./checks.ts";
import { type Outcome, runCase } from "./run-case.ts";

/*
 * The handed cases against a real server over HTTP. What cannot run yet stands in the report by name, as a test to do
 * that says to which issue it is left; a key or a theme that nobody knows is a failure.
 */

const RUN_THEMES = new Set([
  "image-decoding",
  "names-and-archives",
  "coco-structure",
  "coco-geometry",
]);
/** Themes of formats that have not been built yet. */
const LEFT_THEMES: Readonly<Record<string, string>> = {
  "yolo-seg": "YOLO",
  labelme: "labelme",
  "masks-and-voc": "Pascal VOC and PNG masks",
  cityscapes: "Cityscapes",
  "cvat-xml": "CVAT XML",
  supervisely: "Supervisely",
  "label-studio": "Label Studio",
  "text-encoding": "YOLO and CSV; COCO's own part is in packages/shared/src/formats",
};
/** The steps of these need several clients and a server that is stopped and started: their tests are elsewhere. */
const SYNC_TESTS: Readonly<Record<string, readonly [file: string, title: string]>> = {
  "072-server-restart-duplicates": ["apps/server/src/rooms/sync-cases.test.ts", "[S072]"],
  "074-shutdown-before-delayed-save": ["apps/server/src/rooms/sync-cases.test.ts", "[S074]"],
  "076-reconnect-races-unload": ["apps/server/src/rooms/sync-cases.test.ts", "[S076]"],
  "078-offline-edits-survive-reload": [
    "tests/e2e/two-people.test.ts",
    "edits made offline are counted, survive a reload, and arrive when the connection is back",
  ],
  "080-failed-send-leaves-gap": ["apps/server/src/rooms/sync-cases.test.ts", "[S080]"],
  "082-done-button-before-flush": ["apps/server/src/rooms/sync-cases.test.ts", "[S082]"],
};

let server: CaseServer;
beforeAll(async () => {
  server = await startCaseServer();
});
afterAll(() => server.close());

const cases = readCases();
const SYNC_THEME = "sync";

for (const theCase of cases.filter(({ theme }) => RUN_THEMES.has(theme))) describeCase(theCase);
for (const theCase of cases.filter(({ theme }) => theme === SYNC_THEME)) describeSync(theCase);
for (const { id, theme } of cases.filter((each) => each.theme in LEFT_THEMES))
  // oxlint-disable-next-line vitest/warn-todo -- what is left is listed by name, never silently
  test.todo(`${id}: left to the issue of ${LEFT_THEMES[theme]}`);

test("every theme is run, left to an issue by name, or tested elsewhere", () => {
  const known = new Set([...RUN_THEMES, ...Object.keys(LEFT_THEMES), SYNC_THEME]);
  expect(cases.filter(({ theme }) => !known.has(theme))).toEqual([]);
});

function describeCase(theCase: Case): void {
  describe(`${theCase.id}: ${theCase.title}`, () => {
    test("what is expected is so", { timeout: 120_000 }, async () => {
      expect(await findFaults(await runCase(server, theCase), theCase.expect)).toEqual([]);
    });
    for (const key of keysOf(theCase.expect).filter((each) => each in LEFT))
      // oxlint-disable-next-line vitest/warn-todo -- the same
      test.todo(`${key}: left to the issue of ${LEFT[key]}`);
  });
}

/** Those of alternatives too. */
function keysOf(expected: Expectation): string[] {
  const { one_of: alternatives = [] } = expected as { one_of?: readonly Expectation[] };
  return [...Object.keys(expected), ...alternatives.flatMap(keysOf)];
}

/** What is not as expected, by key. */
async function findFaults(outcome: Outcome, expected: Expectation): Promise<string[]> {
  const faults: string[] = [];
  for (const [key, value] of Object.entries(expected)) {
    if (key in LEFT) continue;
    if (key === "one_of") {
      faults.push(...(await faultsOfAll(outcome, value as readonly Expectation[])));
      continue;
    }
    const check = CHECKS[key];
    if (check === undefined) {
      faults.push(`${key}: the runner does not know this key.`);
      continue;
    }
    try {
      // Keys are read from JSON, and each check names the type that the README gives its key.
      await check(outcome, value as never);
    } catch (error) {
      faults.push(`${key}: ${String(error)}`);
    }
  }
  return faults;
}

/** None if one alternative is met. Those of which every key is left to another issue do not count. */
async function faultsOfAll(
  outcome: Outcome,
  alternatives: readonly Expectation[],
): Promise<string[]> {
  const all: string[] = [];
  for (const each of alternatives) {
    if (Object.keys(each).every((key) => key in LEFT)) continue;
    const faults = await findFaults(outcome, each);
    if (faults.length === 0) return [];
    all.push(...faults);
  }
  return all;
}

function describeSync({ id, title }: Case): void {
  test(`${id}: ${title}`, () => {
    const [file = "", name = ""] = SYNC_TESTS[id] ?? [];
    const source = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
    expect(source, `${file} has a test of this case`).toContain(name);
  });
}
