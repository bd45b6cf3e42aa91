import {
  type Annotation,
  type AnnotationId,
  type Command,
  type ImageDocument,
  openImageDocument,
} from "@limn/shared/document";
import * as Y from "yjs";

/** Edits that the server did not take, as they were left: the whole document of then, and which objects were mine. */
export interface Draft {
  readonly state: Uint8Array;
  readonly ids: readonly AnnotationId[];
  /** The close code that ended it. */
  readonly code: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * What would have to be done to `document` so that the draft's objects are as they were left. Operations carry ids, so
 * those that did arrive are not repeated; strokes of others made meanwhile stay. Empty when nothing is missing.
 */
export function recoverCommands(draft: Draft, document: ImageDocument): Command[] {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, draft.state);
  const left = openImageDocument(doc, document.size);
  const commands = draft.ids.flatMap((id) => recoverAnnotation(id, left, document));
  left.dispose();
  doc.destroy();
  return commands;
}

function recoverAnnotation(id: AnnotationId, left: ImageDocument, now: ImageDocument): Command[] {
  const mine = left.annotation(id);
  if (mine === undefined) return [];
  const theirs = now.annotation(id);
  const operations = missingOperations(id, left, now);
  if (theirs === undefined) return mine.deleted ? [] : [createAgain(mine, operations)];
  const commands: Command[] = [];
  if (mine.classId !== theirs.classId) {
    commands.push({ kind: "set-class", id, classId: mine.classId });
  }
  if (mine.order !== theirs.order) commands.push({ kind: "set-order", id, order: mine.order });
  if (mine.name !== theirs.name) {
    commands.push({ kind: "set-name", id, name: mine.name ?? null });
  }
  if (mine.group !== theirs.group) {
    commands.push({ kind: "set-group", id, group: mine.group ?? null });
  }
  commands.push(...recoverAttributes(mine, theirs), ...recoverGeometry(mine, theirs));
  commands.push(...recoverPrompts(mine, theirs));
  if (operations.length > 0) {
    const kind = theirs.shape === "mask" ? "append-operations" : "convert-to-mask";
    commands.push({ kind, id, operations });
  }
  if (mine.deleted !== theirs.deleted) {
    commands.push(mine.deleted ? { kind: "delete", id } : { kind: "restore", id });
  }
  return commands;
}

function createAgain(mine: Annotation, operations: readonly Uint8Array[]): Command {
  const { id, shape, classId, order, rings, box, name, group, attributes, prompts } = mine;
  return {
    kind: "create",
    id,
    shape,
    classId,
    order,
    ...(shape === "polygon" && rings !== undefined ? { rings } : {}),
    ...(shape === "box" && box !== undefined ? { box } : {}),
    ...(shape === "mask" ? { operations } : {}),
    ...(name === undefined ? {} : { name }),
    ...(group === undefined ? {} : { group }),
    attributes,
    prompts: prompts.map(({ id: promptId, ...prompt }) => ({ id: promptId, prompt })),
  };
}

function missingOperations(
  id: AnnotationId,
  left: ImageDocument,
  now: ImageDocument,
): Uint8Array[] {
  const here = new Set(now.operations(id).map((operation) => operation.id));
  return left
    .operations(id)
    .filter((operation) => !here.has(operation.id))
    .map((operation) => operation.bytes);
}

function recoverGeometry(mine: Annotation, theirs: Annotation): Command[] {
  const { id } = mine;
  if (mine.shape !== theirs.shape || mine.shape === "mask") return [];
  if (mine.shape === "polygon" && mine.rings !== undefined) {
    const same = JSON.stringify(mine.rings) === JSON.stringify(theirs.rings);
    return same ? [] : [{ kind: "set-geometry", id, rings: mine.rings }];
  }
  if (mine.shape === "box" && mine.box !== undefined) {
    const same = JSON.stringify(mine.box) === JSON.stringify(theirs.box);
    return same ? [] : [{ kind: "set-geometry", id, box: mine.box }];
  }
  return [];
}

function recoverAttributes(mine: Annotation, theirs: Annotation): Command[] {
  const keys = new Set([...Object.keys(mine.attributes), ...Object.keys(theirs.attributes)]);
  return [...keys]
    .filter((key) => mine.attributes[key] !== theirs.attributes[key])
    .map((key) => ({
      kind: "set-attribute",
      id: mine.id,
      key,
      value: mine.attributes[key] ?? null,
    }));
}

function recoverPrompts(mine: Annotation, theirs: Annotation): Command[] {
  const theirsById = new Map(theirs.prompts.map((prompt) => [prompt.id, JSON.stringify(prompt)]));
  return mine.prompts
    .filter((prompt) => theirsById.get(prompt.id) !== JSON.stringify(prompt))
    .map(({ id: promptId, ...prompt }) => ({ kind: "set-prompt", id: mine.id, promptId, prompt }));
}
