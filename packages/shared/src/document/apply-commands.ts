import * as Y from "yjs";
import { operationHead } from "../raster/index.ts";
import type { Command } from "./commands.ts";
import { type Effect, equalValues, type PlainValue } from "./effects.ts";
import type { ImageDocument } from "./image-document.ts";
import {
  attributeKey,
  groupKey,
  type MainProperties,
  nameKey,
  packPrompt,
  promptKey,
  readMain,
} from "./properties.ts";
import { type DocumentRoots, rootsOf } from "./roots.ts";
import type { AnnotationId, Shape } from "./schema.ts";
import { geometryOf, validateCommand } from "./validate-command.ts";

/**
 * Applies all commands in one Yjs transaction, or throws a DocumentError and changes nothing. Commands may refer to
 * annotations that earlier ones of the same list create. What would change nothing is not written.
 */
export function applyCommands(
  document: ImageDocument,
  commands: readonly Command[],
  origin: unknown,
): void {
  executeCommands(document, commands, origin);
}

/** As applyCommands; also says what was changed, for the history. */
export function executeCommands(
  document: ImageDocument,
  commands: readonly Command[],
  origin: unknown,
): Effect[] {
  validateAll(document, commands);
  const writer = createDocumentWriter(document);
  document.doc.transact(() => {
    for (const command of commands) writer.write(command);
  }, origin);
  return writer.effects;
}

function validateAll(document: ImageDocument, commands: readonly Command[]): void {
  const shapes = new Map<AnnotationId, Shape>();
  const shapeOf = (id: AnnotationId): Shape | undefined =>
    shapes.get(id) ?? document.annotation(id)?.shape;
  for (const command of commands) {
    validateCommand(command, shapeOf);
    if (command.kind === "create") shapes.set(command.id, command.shape);
    if (command.kind === "convert-to-mask") shapes.set(command.id, "mask");
  }
}

function createDocumentWriter(document: ImageDocument) {
  const roots = rootsOf(document.doc);
  const effects: Effect[] = [];
  let nextOrder: number | undefined;

  const setValue = (
    id: AnnotationId,
    root: "geo" | "props" | "del",
    key: string,
    after: PlainValue,
  ): void => {
    const before = (roots[root].get(key) ?? null) as PlainValue; // Only plain values are admitted here.
    if (equalValues(before, after)) return;
    roots[root].set(key, after);
    effects.push({ kind: "value", id, root, key, before, after });
  };

  const setField = (id: AnnotationId, field: "c" | "z", after: string | number): void => {
    const main = readMain(roots.props.get(id));
    if (main === undefined || main[field] === after) return;
    roots.props.set(id, { ...main, [field]: after });
    effects.push({ kind: "field", id, field, before: main[field], after });
  };

  const create = (command: Extract<Command, { kind: "create" }>): void => {
    const { id, shape, classId } = command;
    const order = command.order ?? (nextOrder ??= document.nextOrder());
    if (command.order === undefined) nextOrder = order + 1;
    const main: MainProperties = { t: shape, c: classId, z: order };
    roots.props.set(id, main);
    const geometry = shape === "mask" ? null : geometryOf(command, shape);
    if (geometry !== null) roots.geo.set(id, geometry);
    // Made at once with every annotation, so that two people who both begin to paint on it never make it twice.
    roots.ops.set(id, new Y.Array<Uint8Array>());
    if (command.name !== undefined) roots.props.set(nameKey(id), command.name);
    if (command.group !== undefined) roots.props.set(groupKey(id), command.group);
    for (const [key, value] of Object.entries(command.attributes ?? {})) {
      roots.props.set(attributeKey(id, key), value);
    }
    for (const { id: promptId, prompt } of command.prompts ?? []) {
      roots.props.set(promptKey(id, promptId), packPrompt(prompt));
    }
    const operations = shape === "mask" ? append(roots, id, command.operations ?? []) : [];
    effects.push({ kind: "created", id, geometry, operations });
  };

  const convert = (command: Extract<Command, { kind: "convert-to-mask" }>): void => {
    const { id } = command;
    const main = readMain(roots.props.get(id));
    if (main === undefined) return;
    if (main.t !== "mask") roots.props.set(id, { ...main, t: "mask" });
    const operations = append(roots, id, command.operations);
    effects.push({ kind: "converted", id, before: main.t, operations });
  };

  const write = (command: Command): void => {
    const { id } = command;
    switch (command.kind) {
      case "create":
        return create(command);
      case "set-geometry": {
        const shape = readMain(roots.props.get(id))?.t;
        if (shape === "polygon" || shape === "box") {
          setValue(id, "geo", id, geometryOf(command, shape));
        }
        return;
      }
      case "set-class":
        return setField(id, "c", command.classId);
      case "set-order":
        return setField(id, "z", command.order);
      case "set-name":
        return setValue(id, "props", nameKey(id), command.name);
      case "set-group":
        return setValue(id, "props", groupKey(id), command.group);
      case "set-attribute":
        return setValue(id, "props", attributeKey(id, command.key), command.value);
      case "delete":
        if (!equalValues(roots.del.get(id), null)) return;
        return setValue(id, "del", id, { at: command.at ?? 0 });
      case "restore":
        return setValue(id, "del", id, null);
      case "append-operations": {
        const operations = append(roots, id, command.operations);
        if (operations.length > 0) effects.push({ kind: "painted", id, operations });
        return;
      }
      case "convert-to-mask":
        return convert(command);
      case "set-prompt": {
        const value = command.prompt === null ? null : packPrompt(command.prompt);
        return setValue(id, "props", promptKey(id, command.promptId), value && { ...value });
      }
    }
  };
  return { write, effects };
}

/** Appends to the list of an annotation; returns the ids of those that paint (undo and redo have no undo). */
function append(
  roots: DocumentRoots,
  id: AnnotationId,
  operations: readonly Uint8Array[],
): string[] {
  if (operations.length === 0) return [];
  const list = listOf(roots, id);
  list.push([...operations]);
  const ids: string[] = [];
  for (const bytes of operations) {
    const head = operationHead(bytes);
    if (head !== undefined && head.target === undefined) ids.push(`${head.author}:${head.counter}`);
  }
  return ids;
}

export function listOf(roots: DocumentRoots, id: AnnotationId): Y.Array<Uint8Array> {
  const known = roots.ops.get(id);
  if (known instanceof Y.Array) return known as Y.Array<Uint8Array>; // Admission lets nothing else in.
  // Only a document that other programs have made can lack the list.
  const list = new Y.Array<Uint8Array>();
  roots.ops.set(id, list);
  return list;
}
