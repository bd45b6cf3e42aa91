/**
 * Taking effects back without harming what others have done since (docs/spec/document.md, H1 to H7): a value goes back
 * only while it is still the one that was written, operations by undo operations, a creation by the deletion flag and
 * only while nobody has built on it. What is done is returned as effects, so that redo is taking back once more.
 */
import {
  activeOperations,
  encodeRedo,
  encodeUndo,
  isPaintOperation,
  parseOperationId,
} from "../raster/index.ts";
import { listOf } from "./apply-commands.ts";
import { type Effect, equalValues } from "./effects.ts";
import type { ImageDocument } from "./image-document.ts";
import { readMain } from "./properties.ts";
import { rootsOf } from "./roots.ts";
import type { AnnotationId, AuthorNumber } from "./schema.ts";
import { nextRef } from "./stroke.ts";

export interface TakenBack {
  /** What was done, in order; empty when nothing was left to take back. */
  readonly effects: readonly Effect[];
  /** Something stayed as it is, because others have built on it. */
  readonly partial: boolean;
}

/** The mark of a deletion by undo; a deletion by command carries its time. */
const DELETED_BY_UNDO = { at: 0 };

/** Last effect first, in one transaction. */
export function takeBack(
  document: ImageDocument,
  effects: readonly Effect[],
  author: AuthorNumber,
  origin: unknown,
): TakenBack {
  const roots = rootsOf(document.doc);
  const done: Effect[] = [];
  let partial = false;

  const activeIds = (id: AnnotationId): Set<string> =>
    new Set(activeOperations(document.operations(id)).map((operation) => operation.id));

  /** Switches those operations off that count now. */
  const erase = (id: AnnotationId, operations: readonly string[]): string[] => {
    const active = activeIds(id);
    const targets = operations.filter((operation) => active.has(operation));
    if (targets.length === 0) return [];
    listOf(roots, id).push(
      targets.map((target) => encodeUndo(nextRef(author), parseOperationId(target))),
    );
    return targets;
  };

  /** Switches those operations on again that are there and do not count now. */
  const repaint = (id: AnnotationId, operations: readonly string[]): string[] => {
    const active = activeIds(id);
    const present = new Set(
      document
        .operations(id)
        .filter(isPaintOperation)
        .map((operation) => operation.id),
    );
    const targets = operations.filter((each) => present.has(each) && !active.has(each));
    if (targets.length === 0) return [];
    listOf(roots, id).push(
      targets.map((target) => encodeRedo(nextRef(author), parseOperationId(target))),
    );
    return targets;
  };

  const isPaintedBeside = (id: AnnotationId, operations: readonly string[]): boolean => {
    const own = new Set(operations);
    return [...activeIds(id)].some((operation) => !own.has(operation));
  };

  const takeBackValue = (effect: Extract<Effect, { kind: "value" }>): void => {
    const current = roots[effect.root].get(effect.key);
    if (!equalValues(current, effect.after)) {
      partial ||= !equalValues(current, effect.before);
      return;
    }
    roots[effect.root].set(effect.key, effect.before);
    done.push({ ...effect, before: effect.after, after: effect.before });
  };

  const takeBackField = (effect: Extract<Effect, { kind: "field" }>): void => {
    const { id, field, before, after } = effect;
    const main = readMain(roots.props.get(id));
    if (main === undefined || main[field] !== after) {
      partial ||= main?.[field] !== before;
      return;
    }
    roots.props.set(id, { ...main, [field]: before });
    done.push({ ...effect, before: after, after: before });
  };

  const takeBackCreation = (effect: Extract<Effect, { kind: "created" }>): void => {
    const { id } = effect;
    if (!equalValues(roots.del.get(id), null)) return;
    const isEdited = !equalValues(roots.geo.get(id), effect.geometry);
    if (isEdited || isPaintedBeside(id, effect.operations)) {
      partial = true;
      const operations = erase(id, effect.operations);
      if (operations.length > 0) done.push({ kind: "erased", id, operations });
      return;
    }
    roots.del.set(id, DELETED_BY_UNDO);
    done.push({ ...effect, kind: "uncreated" });
  };

  const takeBackUncreation = (effect: Extract<Effect, { kind: "uncreated" }>): void => {
    const flag = roots.del.get(effect.id);
    if (!equalValues(flag, DELETED_BY_UNDO)) {
      partial ||= !equalValues(flag, null);
      return;
    }
    roots.del.set(effect.id, null);
    done.push({ ...effect, kind: "created" });
  };

  const setShape = (id: AnnotationId, from: string, to: "mask" | "polygon" | "box"): void => {
    const main = readMain(roots.props.get(id));
    if (main?.t === from) roots.props.set(id, { ...main, t: to });
  };

  const takeBackConversion = (
    effect: Extract<Effect, { kind: "converted" | "unconverted" }>,
  ): void => {
    const { id } = effect;
    if (effect.kind === "unconverted") {
      setShape(id, effect.before, "mask");
      const operations = repaint(id, effect.operations);
      done.push({ ...effect, kind: "converted", operations });
      return;
    }
    // Somebody's stroke on the mask would be left without its ground.
    if (isPaintedBeside(id, effect.operations)) {
      partial = true;
      return;
    }
    setShape(id, "mask", effect.before);
    const operations = erase(id, effect.operations);
    done.push({ ...effect, kind: "unconverted", operations });
  };

  const takeBackOne = (effect: Effect): void => {
    switch (effect.kind) {
      case "value":
        return takeBackValue(effect);
      case "field":
        return takeBackField(effect);
      case "created":
        return takeBackCreation(effect);
      case "uncreated":
        return takeBackUncreation(effect);
      case "converted":
      case "unconverted":
        return takeBackConversion(effect);
      case "painted": {
        const operations = erase(effect.id, effect.operations);
        if (operations.length > 0) done.push({ kind: "erased", id: effect.id, operations });
        return;
      }
      case "erased": {
        const operations = repaint(effect.id, effect.operations);
        if (operations.length > 0) done.push({ kind: "painted", id: effect.id, operations });
      }
    }
  };

  document.doc.transact(() => {
    for (const effect of effects.toReversed()) takeBackOne(effect);
  }, origin);
  return { effects: done, partial };
}
