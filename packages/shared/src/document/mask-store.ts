import type { Box } from "../geometry/index.ts";
import {
  activeOperations,
  createMaskFold,
  decodeOperation,
  type ImageSize,
  intersectPixelBoxes,
  type MaskFold,
  type Operation,
  type PixelBox,
  uniteAllPixelBoxes,
} from "../raster/index.ts";
import { type DocumentRoots, operationBytes } from "./roots.ts";
import type { AnnotationId } from "./schema.ts";

/** Folded masks, made when they are first asked for and kept up to date from then on. */
export interface MaskStore {
  operations(id: AnnotationId): readonly Operation[];
  hasActiveOperations(id: AnnotationId): boolean;
  fold(id: AnnotationId): MaskFold;
  /** To be called when the list changed. Dirty tiles, or undefined where nobody has asked for the mask yet. */
  refresh(id: AnnotationId): readonly number[] | undefined;
  /** A box that holds the mask, exact where it is folded, otherwise from the boxes of its operations. */
  roughBounds(id: AnnotationId): PixelBox | undefined;
}

export function createMaskStore(roots: DocumentRoots, size: ImageSize): MaskStore {
  const folds = new Map<AnnotationId, MaskFold>();
  // The document hands out the same byte array for an operation each time, so its decoding is kept beside it.
  const decoded = new WeakMap<Uint8Array, { readonly operation: Operation | undefined }>();
  const decode = (bytes: Uint8Array): Operation | undefined => {
    const known = decoded.get(bytes);
    if (known !== undefined) return known.operation;
    const operation = decodeOperation(bytes);
    decoded.set(bytes, { operation });
    return operation;
  };
  const operations = (id: AnnotationId): Operation[] => {
    const list: Operation[] = [];
    for (const bytes of operationBytes(roots, id)) {
      const operation = decode(bytes);
      if (operation !== undefined) list.push(operation);
    }
    return list;
  };
  return {
    operations,
    hasActiveOperations: (id) => {
      const fold = folds.get(id);
      return (fold?.active() ?? activeOperations(operations(id))).length > 0;
    },
    fold: (id) => {
      const known = folds.get(id);
      if (known !== undefined) return known;
      const fold = createMaskFold(size);
      fold.update(operations(id));
      folds.set(id, fold);
      return fold;
    },
    refresh: (id) => folds.get(id)?.update(operations(id)),
    roughBounds: (id) => {
      const fold = folds.get(id);
      if (fold !== undefined) return fold.bounds();
      const whole = { left: 0, top: 0, right: size.width, bottom: size.height };
      const adding = activeOperations(operations(id)).filter(
        (operation) => operation.kind === "base" || operation.mode !== "remove",
      );
      return uniteAllPixelBoxes(adding.map(({ box }) => intersectPixelBoxes(box, whole)));
    },
  };
}

export function toBox(box: PixelBox): Box {
  return { x: box.left, y: box.top, width: box.right - box.left, height: box.bottom - box.top };
}
