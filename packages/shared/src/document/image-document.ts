/**
 * One image's document, read. Plain frozen snapshots come out of it, and one change for each Yjs transaction; nobody
 * outside this room knows what is inside the Y.Doc. To write, see apply-commands.ts.
 */
import * as Y from "yjs";
import { type Box, boxesIntersect, expandBox, type Point } from "../geometry/index.ts";
import {
  countFilledPixels,
  type ImageSize,
  type Operation,
  ringsPixelBox,
  type TileMask,
} from "../raster/index.ts";
import { createAnnotationReader } from "./annotation-reader.ts";
import { isHit, valueBounds } from "./hit-test.ts";
import { createMaskStore, toBox } from "./mask-store.ts";
import { createOrderedList } from "./ordered-list.ts";
import { keyOfList, rootsOf } from "./roots.ts";
import type { Annotation, AnnotationId } from "./schema.ts";
import { createSpatialIndex } from "./spatial-index.ts";

/** What one transaction did to what is seen. Deleting an object is `removed`, restoring it `created`. */
export interface DocumentChange {
  /** Made on this side (by a command), not received. */
  readonly local: boolean;
  /** The origin given to applyCommands or Y.applyUpdate. */
  readonly origin: unknown;
  readonly created: readonly AnnotationId[];
  readonly removed: readonly AnnotationId[];
  readonly changed: readonly AnnotationId[];
  /**
   * Dirty tiles of the masks whose bits were asked for before; a mask that nobody has read yet has no entry, and
   * `mask(id)` gives it as it is now.
   */
  readonly tiles: ReadonlyMap<AnnotationId, readonly number[]>;
}

export interface ImageDocument {
  readonly doc: Y.Doc;
  readonly size: ImageSize;
  /** Also of a deleted one (see `deleted`); undefined for an unknown id. */
  annotation(id: AnnotationId): Annotation | undefined;
  /** Not deleted, lowest first. The same array until something in it changed. */
  list(): readonly Annotation[];
  /** Deleted ones too. */
  listAll(): readonly Annotation[];
  /** Of a mask, live: its tiles change with later transactions. Undefined for other shapes. */
  mask(id: AnnotationId): TileMask | undefined;
  /** The decoded list of operations in document order; what cannot be decoded is left out. */
  operations(id: AnnotationId): readonly Operation[];
  /** Exact; undefined for an empty mask and an unknown id. */
  bounds(id: AnnotationId): Box | undefined;
  /** Pixels that it covers within the image; of a box its width times its height. */
  area(id: AnnotationId): number;
  /** Topmost first. */
  hitTest(point: Point, tolerancePx?: number): AnnotationId[];
  /** Objects whose bounds touch the box, topmost first. */
  query(box: Box): AnnotationId[];
  /** An order above all others. */
  nextOrder(): number;
  /** Returns the function that ends it. */
  onChange(listener: (change: DocumentChange) => void): () => void;
  /** Stops listening to the Y.Doc, which stays as it is. */
  dispose(): void;
}

export function openImageDocument(doc: Y.Doc, size: ImageSize): ImageDocument {
  const roots = rootsOf(doc);
  const masks = createMaskStore(roots, size);
  const reader = createAnnotationReader(roots, masks);
  const annotations = createOrderedList();
  const areas = new WeakMap<Annotation, number>();
  const listeners = new Set<(change: DocumentChange) => void>();

  const roughBounds = (id: AnnotationId): Box | undefined => {
    const annotation = annotations.get(id);
    if (annotation === undefined || annotation.deleted) return undefined;
    if (annotation.shape !== "mask") return valueBounds(annotation);
    const box = masks.roughBounds(id);
    return box === undefined ? undefined : toBox(box);
  };
  const index = createSpatialIndex(roughBounds);

  for (const id of reader.ids()) {
    annotations.set(id, reader.read(id));
    index.invalidate(id);
  }

  const onTransaction = (transaction: Y.Transaction): void => {
    const touched = new Set<AnnotationId>();
    const painted = new Set<AnnotationId>();
    // Yjs types the keys of this map as types with any events, which no Y.Map is.
    const changedTypes = transaction.changed as ReadonlyMap<object, ReadonlySet<string | null>>;
    for (const [type, keys] of changedTypes) {
      if (type === roots.props) {
        for (const key of keys) {
          const id = key === null ? undefined : reader.noteKey(key);
          if (id !== undefined) touched.add(id);
        }
      } else if (type === roots.geo || type === roots.del || type === roots.ops) {
        for (const key of keys) {
          if (key !== null) touched.add(key);
          if (key !== null && type === roots.ops) painted.add(key);
        }
      } else if (type instanceof Y.Array && type.parent === roots.ops) {
        const key = keyOfList(type);
        if (key !== undefined) {
          touched.add(key);
          painted.add(key);
        }
      }
    }
    if (touched.size > 0) report(transaction, touched, painted);
  };

  const report = (
    transaction: Y.Transaction,
    touched: ReadonlySet<AnnotationId>,
    painted: ReadonlySet<AnnotationId>,
  ): void => {
    const created: AnnotationId[] = [];
    const removed: AnnotationId[] = [];
    const changed: AnnotationId[] = [];
    const tiles = new Map<AnnotationId, readonly number[]>();
    for (const id of painted) {
      const dirty = masks.refresh(id);
      if (dirty !== undefined) tiles.set(id, dirty);
    }
    for (const id of touched) {
      const after = reader.read(id);
      const before = annotations.set(id, after);
      const wasVisible = before !== undefined && !before.deleted;
      const isVisible = after !== undefined && !after.deleted;
      if (isVisible) (wasVisible ? changed : created).push(id);
      else if (wasVisible) removed.push(id);
      index.invalidate(id);
    }
    if (created.length + removed.length + changed.length === 0) return;
    const change = {
      local: transaction.local,
      origin: transaction.origin as unknown, // Yjs says any.
      created,
      removed,
      changed,
      tiles,
    };
    for (const listener of listeners) listener(change);
  };
  doc.on("afterTransaction", onTransaction);

  const topmostFirst = (ids: AnnotationId[]): AnnotationId[] =>
    ids.toSorted((a, b) => annotations.position(b) - annotations.position(a));

  const bounds = (id: AnnotationId): Box | undefined => {
    const annotation = annotations.get(id);
    if (annotation === undefined) return undefined;
    if (annotation.shape !== "mask") return valueBounds(annotation);
    const box = masks.fold(id).bounds();
    return box === undefined ? undefined : toBox(box);
  };

  const areaOf = (annotation: Annotation): number => {
    if (annotation.shape === "mask") return masks.fold(annotation.id).area();
    if (annotation.shape === "box") {
      return (annotation.box?.width ?? 0) * (annotation.box?.height ?? 0);
    }
    const rings = annotation.rings ?? [];
    return countFilledPixels(rings, "union", ringsPixelBox(rings, size));
  };

  return {
    doc,
    size,
    annotation: (id) => annotations.get(id),
    list: () => annotations.visible(),
    listAll: () => annotations.all(),
    mask: (id) => (annotations.get(id)?.shape === "mask" ? masks.fold(id).mask : undefined),
    operations: (id) => masks.operations(id),
    bounds,
    area: (id) => {
      const annotation = annotations.get(id);
      if (annotation === undefined) return 0;
      const known = areas.get(annotation);
      if (known !== undefined) return known;
      const area = areaOf(annotation);
      areas.set(annotation, area);
      return area;
    },
    hitTest: (point, tolerancePx = 0) => {
      const around = expandBox({ x: point.x, y: point.y, width: 0, height: 0 }, tolerancePx);
      const hits = index.search(around).filter((id) => {
        const annotation = annotations.get(id);
        if (annotation === undefined) return false;
        return isHit(annotation, point, tolerancePx, () => masks.fold(id).mask);
      });
      return topmostFirst(hits);
    },
    query: (box) => {
      const found = index.search(box).filter((id) => {
        const exact = bounds(id);
        return exact !== undefined && boxesIntersect(exact, box);
      });
      return topmostFirst(found);
    },
    nextOrder: () => {
      const top = annotations.visible().at(-1);
      return top === undefined ? 1 : Math.floor(top.order) + 1;
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => {
      doc.off("afterTransaction", onTransaction);
      listeners.clear();
    },
  };
}
