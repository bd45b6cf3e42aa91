/** A path within a project, or within an archive: checked, never changed but for a leading `./`. */
export type CheckedPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly sentence: string };

const LONGEST = 1024;

/**
 * Paths are names only, never places on a disk; still they become places when somebody unpacks an export, so a path
 * that leads outside of its folder is refused.
 */
export function checkPath(typed: string): CheckedPath {
  const path = typed.replace(/^(\.\/)+/, "");
  if (path === "" || path.endsWith("/"))
    return { ok: false, sentence: "The file has no name: give it one and upload it again." };
  if (path.length > LONGEST)
    return { ok: false, sentence: `The path is longer than ${LONGEST} characters: shorten it.` };
  if (path.includes("\\")) return unsafe("it has a backslash");
  if (path.startsWith("/") || /^[a-z]:/i.test(path))
    return unsafe("it starts at the root of a disk");
  // oxlint-disable-next-line no-control-regex -- these are what must not be there
  if (/[\u0000-\u001f\u007f]/.test(path)) return unsafe("it has control characters");
  const words = path.split("/");
  if (words.includes("..")) return unsafe("it leads outside of its folder with ..");
  if (words.some((word) => word === "" || word === "."))
    return unsafe("it has an empty folder name");
  return { ok: true, path };
}

function unsafe(why: string): CheckedPath {
  return {
    ok: false,
    sentence: `The path is unsafe: ${why}. Rename the file and upload it again.`,
  };
}

/** What makes two paths the same: how their letters are composed does not count. */
export function pathKey(path: string): string {
  return path.normalize("NFC");
}

/** Files that systems add to folders and archives; they are passed over without a word. */
export function isSystemFile(path: string): boolean {
  const words = path.split("/");
  const name = words.at(-1) ?? "";
  return (
    words.includes("__MACOSX") ||
    name.startsWith("._") ||
    name === ".DS_Store" ||
    name.toLowerCase() === "thumbs.db" ||
    name.toLowerCase() === "desktop.ini"
  );
}
