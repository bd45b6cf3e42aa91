import RBush from "rbush";
import type { Box } from "../geometry/index.ts";
import type { AnnotationId } from "./schema.ts";

interface Entry {
  readonly id: AnnotationId;
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** Boxes of annotations, brought up to date only when somebody asks. */
export interface SpatialIndex {
  /** The annotation's box may have changed, or the annotation is gone. */
  invalidate(id: AnnotationId): void;
  /** Ids whose box touches the given one, in no particular order. */
  search(box: Box): AnnotationId[];
}

/** `boxOf` gives undefined for what is not to be found. */
export function createSpatialIndex(boxOf: (id: AnnotationId) => Box | undefined): SpatialIndex {
  const tree = new RBush<Entry>();
  const entries = new Map<AnnotationId, Entry>();
  const stale = new Set<AnnotationId>();

  const refresh = (): void => {
    const fresh: Entry[] = [];
    for (const id of stale) {
      const old = entries.get(id);
      if (old !== undefined) {
        tree.remove(old);
        entries.delete(id);
      }
      const box = boxOf(id);
      if (box === undefined) continue;
      const entry = {
        id,
        minX: box.x,
        minY: box.y,
        maxX: box.x + box.width,
        maxY: box.y + box.height,
      };
      entries.set(id, entry);
      fresh.push(entry);
    }
    stale.clear();
    if (fresh.length > 16) tree.load(fresh);
    else for (const entry of fresh) tree.insert(entry);
  };

  return {
    invalidate: (id) => {
      stale.add(id);
    },
    search: (box) => {
      refresh();
      return tree
        .search({ minX: box.x, minY: box.y, maxX: box.x + box.width, maxY: box.y + box.height })
        .map(({ id }) => id);
    },
  };
}
