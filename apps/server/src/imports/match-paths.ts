/*
 * Which picture an annotation file means by a path. Files name pictures in many ways: by the path within the archive,
 * without the folder of the pictures, with the folders of another machine, or by the name alone.
 */
import { pathKey } from "../images/paths.ts";

/** How sure a match is, from best to worst. */
type Closeness =
  | "same"
  /** The candidate lies in a folder more: images/a.png for a.png. */
  | "deeper"
  /** The wanted path has folders more: /home/me/set/a/1.png for a/1.png. */
  | "shallower"
  /** Only the names agree, and no other candidate or wanted path has that name. */
  | "name";

export interface PathMatch {
  readonly candidate: number;
  readonly closeness: Closeness;
}

export interface PathMatches {
  /** One for each wanted path; null: none. */
  readonly matches: readonly (PathMatch | null)[];
  /** Wanted paths for which there were several candidates equally good, or which compete for one. */
  readonly ambiguous: readonly number[];
}

const ORDER: readonly Closeness[] = ["same", "deeper", "shallower", "name"];

/** `wanted` are relative paths with `/`, no two equal in NFC. */
export function matchPaths(wanted: readonly string[], candidates: readonly string[]): PathMatches {
  const index = createSuffixIndex(candidates);
  const ambiguous = new Set<number>();
  const found = wanted.map((path, i): PathMatch | null => {
    const match = findCandidate(path, index) ?? findCandidate(decodeEscapes(path), index);
    if (match === "several") ambiguous.add(i);
    return match === "several" ? null : match;
  });
  return { matches: giveEachOnce(found, ambiguous), ambiguous: [...ambiguous] };
}

/** Two paths that want the same candidate: the closer one has it; of equals nobody, as one of them would be wrong. */
function giveEachOnce(
  found: readonly (PathMatch | null)[],
  ambiguous: Set<number>,
): (PathMatch | null)[] {
  const takers = new Map<number, { best: number; by: number[] }>();
  for (const [i, match] of found.entries()) {
    if (match === null) continue;
    const rank = ORDER.indexOf(match.closeness);
    const taker = takers.get(match.candidate);
    if (taker === undefined || rank < taker.best)
      takers.set(match.candidate, { best: rank, by: [i] });
    else if (rank === taker.best) taker.by.push(i);
  }
  return found.map((match, i) => {
    if (match === null) return null;
    const by: readonly number[] = takers.get(match.candidate)?.by ?? [];
    if (by.length === 1 && by[0] === i) return match;
    if (by.includes(i)) ambiguous.add(i);
    return null;
  });
}

type SuffixIndex = ReturnType<typeof createSuffixIndex>;

function createSuffixIndex(paths: readonly string[]) {
  const whole = new Map<string, number>();
  /** Candidates by each of their ends that begins after a `/`. */
  const ends = new Map<string, number[]>();
  const names = new Map<string, number[]>();
  const add = (map: Map<string, number[]>, key: string, i: number): void => {
    const list = map.get(key);
    if (list === undefined) map.set(key, [i]);
    else list.push(i);
  };
  for (const [i, path] of paths.entries()) {
    const key = pathKey(path);
    // From two archives: which of them counts is found out when they are taken in.
    if (whole.has(key)) continue;
    whole.set(key, i);
    for (const end of endsOf(key)) add(ends, end, i);
    add(names, nameOf(key).toLowerCase(), i);
  }
  return { whole, ends, names };
}

function findCandidate(path: string | null, index: SuffixIndex): PathMatch | "several" | null {
  if (path === null) return null;
  const key = pathKey(path);
  const same = index.whole.get(key);
  if (same !== undefined) return { candidate: same, closeness: "same" };
  const deeper = index.ends.get(key);
  if (deeper !== undefined) return onlyOne(deeper, "deeper");
  for (const end of endsOf(key)) {
    if (!end.includes("/")) break;
    const shallower = index.whole.get(end);
    if (shallower !== undefined) return { candidate: shallower, closeness: "shallower" };
    const both = index.ends.get(end);
    if (both !== undefined) return onlyOne(both, "shallower");
  }
  const named = index.names.get(nameOf(key).toLowerCase());
  return named === undefined ? null : onlyOne(named, "name");
}

function onlyOne(candidates: readonly number[], closeness: Closeness): PathMatch | "several" {
  const [only, other] = candidates;
  return only === undefined || other !== undefined ? "several" : { candidate: only, closeness };
}

/** "b/c.png" and "c.png" of "a/b/c.png". */
function* endsOf(key: string): Generator<string> {
  for (let at = key.indexOf("/"); at !== -1; at = key.indexOf("/", at + 1)) yield key.slice(at + 1);
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Some writers escape names as in web addresses. */
function decodeEscapes(path: string): string | null {
  if (!/%[0-9a-f]{2}/i.test(path)) return null;
  try {
    return decodeURIComponent(path);
  } catch {
    return null;
  }
}
