import type { Annotation, AnnotationId } from "./schema.ts";

/** All annotations by id, and those that are not deleted in drawing order (lowest first). */
export interface OrderedList {
  get(id: AnnotationId): Annotation | undefined;
  /** Undefined removes. Returns what was there before. */
  set(id: AnnotationId, annotation: Annotation | undefined): Annotation | undefined;
  /** The same array until something in it changes. */
  visible(): readonly Annotation[];
  all(): readonly Annotation[];
  /** Place in `visible`, for comparing two annotations. */
  position(id: AnnotationId): number;
}

function compareOrder(a: Annotation, b: Annotation): number {
  return a.order - b.order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

export function createOrderedList(): OrderedList {
  const known = new Map<AnnotationId, Annotation>();
  let list: readonly Annotation[] = [];
  let positions = new Map<AnnotationId, number>();
  /** The set or the order changed: sort again. */
  let unsorted = false;
  /** Only these entries were replaced: copy and patch, so that a brush stroke does not sort 10,000 objects. */
  const replaced = new Set<AnnotationId>();

  const bringUpToDate = (): void => {
    if (unsorted) {
      list = [...known.values()].filter(({ deleted }) => !deleted).toSorted(compareOrder);
      positions = new Map(list.map(({ id }, index) => [id, index]));
    } else if (replaced.size > 0) {
      const patched = list.slice();
      for (const id of replaced) {
        const index = positions.get(id);
        const annotation = known.get(id);
        if (index !== undefined && annotation !== undefined) patched[index] = annotation;
      }
      list = patched;
    }
    unsorted = false;
    replaced.clear();
  };

  return {
    get: (id) => known.get(id),
    set: (id, annotation) => {
      const before = known.get(id);
      if (annotation === undefined) known.delete(id);
      else known.set(id, annotation);
      const wasVisible = before !== undefined && !before.deleted;
      const isVisible = annotation !== undefined && !annotation.deleted;
      if (wasVisible !== isVisible || before?.order !== annotation?.order) unsorted = true;
      else if (isVisible) replaced.add(id);
      return before;
    },
    visible: () => {
      bringUpToDate();
      return list;
    },
    all: () => [...known.values()].toSorted(compareOrder),
    position: (id) => {
      bringUpToDate();
      return positions.get(id) ?? -1;
    },
  };
}
