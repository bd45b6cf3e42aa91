/** A class as the editor needs it. */
export interface EditorClass {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly removed: boolean;
}

export const UNKNOWN_CLASS_COLOR = "#8A8F98";

/** Name for people: a removed class keeps its name with a remark; an id that was never heard of is said so. */
export function className(classes: ReadonlyMap<string, EditorClass>, id: string): string {
  const found = classes.get(id);
  if (!found) return "unknown class";
  return found.removed ? `${found.name} (class removed)` : found.name;
}
