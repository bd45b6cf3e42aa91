import type { Remarks } from "@limn/shared/formats";
import { createId } from "../ids.ts";
import type { Parts } from "../parts.ts";
import { nextColor } from "../people/palette.ts";
import { presentClasses } from "../routes/present.ts";
import type { ClassWithCount } from "../store/index.ts";

export interface ClassMatch {
  /** Ids by name in NFC. In a preview new classes have an id that nobody else will ever see. */
  readonly ids: ReadonlyMap<string, string>;
  readonly created: number;
}

type Used = Pick<Parts, "store" | "live" | "now">;

/** Finds the project's classes by name (in NFC) and makes those that are missing, after the others, in their order. */
export async function ensureClasses(
  { store, live, now }: Used,
  projectId: string,
  names: readonly string[],
  remarks: Remarks,
  preview: boolean,
): Promise<ClassMatch> {
  const all = await store.classes.list(projectId);
  const byKey = new Map<string, ClassWithCount>();
  // Removed ones come last in the list: they count where no other has the name.
  for (const row of all) {
    const key = row.name.normalize("NFC");
    if (!byKey.has(key)) byKey.set(key, row);
  }
  const ids = new Map<string, string>();
  const colors = all.filter((row) => row.removedAt === null).map((row) => row.color);
  let place = Math.max(-1, ...all.map((row) => row.place));
  let created = 0;
  let restored = 0;
  for (const name of names) {
    const key = name.normalize("NFC");
    if (ids.has(key)) continue;
    const known = byKey.get(key);
    if (known !== undefined) {
      ids.set(key, known.id);
      if (known.removedAt === null) continue;
      restored++;
      remarks.add(`The class "${known.name}" had been removed; the import brings it back.`);
      if (!preview) await store.classes.update(known.id, { removedAt: null });
      continue;
    }
    const id = createId();
    const color = nextColor(colors);
    colors.push(color);
    place++;
    created++;
    ids.set(key, id);
    if (preview) continue;
    await store.classes.insert({
      id,
      projectId,
      name,
      color,
      kind: "any",
      place,
      createdAt: now().toISOString(),
      removedAt: null,
    });
  }
  if (created + restored > 0 && !preview)
    live.publish(projectId, {
      type: "classes",
      classes: presentClasses(await store.classes.list(projectId)),
    });
  return { ids, created };
}
