/** The lists of a COCO file that everything else refers to, read from whatever types writers give ids and names. */
import type { ImageSize } from "../raster/index.ts";
import type { Remarks } from "./remarks.ts";
import { cleanSourcePath } from "./source-path.ts";

/** Ids compare as text, so that "2" and 2 are the same; null for what cannot be an id. */
export function idKey(value: unknown): string | null {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value === "string" && value.trim() !== "") return value.trim();
  return null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Longer names do not fit into a project. */
const LONGEST_NAME = 200;

export function createCategoryTable(remarks: Remarks, where: string) {
  const classes: string[] = [];
  const byName = new Map<string, number>();
  const byId = new Map<string, number>();

  function nameOf(value: unknown, id: string | null): string {
    const typed = typeof value === "number" ? String(value) : value;
    if (typeof typed === "string" && typed.trim() !== "") {
      if (typed.length <= LONGEST_NAME) return typed;
      remarks.about(
        "Category",
        id ?? "?",
        `its name has more than ${LONGEST_NAME} letters and was cut.`,
        where,
      );
      return typed.slice(0, LONGEST_NAME);
    }
    remarks.about("Category", id ?? "?", "it has no name and is called by its id.", where);
    return id ?? "unnamed";
  }

  return {
    classes,
    add(entry: unknown, position: number): void {
      const record = isRecord(entry) ? entry : {};
      const id = idKey(record["id"]);
      if (id === null) {
        remarks.about(
          "Category",
          `at place ${position + 1}`,
          "it has no id, so that nothing can be of it.",
          where,
        );
        if (typeof record["name"] !== "string") return;
      } else if (byId.has(id)) {
        remarks.about(
          "Category",
          id,
          "its id occurs twice; objects get the first one's class.",
          where,
        );
        return;
      }
      const name = nameOf(record["name"], id);
      const key = name.normalize("NFC");
      const known = byName.get(key);
      const index = known ?? classes.push(name) - 1;
      if (known !== undefined)
        remarks.about(
          "Category",
          id ?? "?",
          `its name "${name}" occurs twice; it is one class.`,
          where,
        );
      byName.set(key, index);
      if (id !== null) byId.set(id, index);
    },
    find: (id: string): number | undefined => byId.get(id),
  };
}

interface ImageEntry {
  readonly path: string;
  readonly size: ImageSize | null;
}

export function createImageTable(remarks: Remarks, where: string) {
  const images: ImageEntry[] = [];
  const byPath = new Map<string, number>();
  const byId = new Map<string, number>();
  return {
    images,
    add(entry: unknown, position: number): void {
      const record = isRecord(entry) ? entry : {};
      const id = idKey(record["id"]);
      const typed = record["file_name"];
      const path = typeof typed === "string" ? cleanSourcePath(typed) : "";
      if (path === "") {
        remarks.about(
          "Image",
          id ?? `at place ${position + 1}`,
          "it has no file_name and was left out.",
          where,
        );
        return;
      }
      const key = path.normalize("NFC");
      const known = byPath.get(key);
      const index = known ?? images.push({ path, size: sizeOf(record) }) - 1;
      if (known !== undefined)
        remarks.about(
          "Image",
          path,
          "it stands in the list more than once; it is one picture.",
          where,
        );
      byPath.set(key, index);
      if (id === null)
        remarks.about("Image", path, "it has no id, so that nothing can be on it.", where);
      else if (byId.has(id))
        remarks.about("Image", id, "its id occurs twice; objects are put on the first one.", where);
      else byId.set(id, index);
    },
    find: (id: string): number | undefined => byId.get(id),
  };
}

function sizeOf({ width, height }: Record<string, unknown>): ImageSize | null {
  const [w, h] = [Number(width), Number(height)];
  return Number.isInteger(w) && Number.isInteger(h) && w > 0 && h > 0
    ? { width: w, height: h }
    : null;
}
