/**
 * A path as some program wrote it, as a relative path with `/`: backslashes turned, drive, root, `.` and `..` dropped.
 * It only ever names a picture among those that were handed over; nothing is opened under it.
 */
export function cleanSourcePath(typed: string): string {
  const words = typed
    .trim()
    .replace(/^file:\/\//i, "")
    .replaceAll("\\", "/")
    .replace(/^[a-z]:\//i, "")
    .split("/");
  return words.filter((word) => word !== "" && word !== "." && word !== "..").join("/");
}
