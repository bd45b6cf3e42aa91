import type { Box, Ring } from "../geometry/index.ts";
import { decodeOperation, OPERATION_BYTES_LIMIT } from "../raster/index.ts";
import { type Command, DocumentError } from "./commands.ts";
import { encodeGeometry, type Geometry, MAX_COORDINATE_PX } from "./geometry-codec.ts";
import { pointsOf } from "./properties.ts";
import { type AnnotationId, isAnnotationId, type Prompt, type Shape } from "./schema.ts";

/** Bytes of one packed geometry; rooms refuse more. */
const GEOMETRY_BYTES_LIMIT = 256 * 1024;
const TEXT_LIMIT = 2000;
const KEY_LIMIT = 100;

/** Shapes as they are at this point of a list of commands: what earlier commands created or converted included. */
export type ShapeLookup = (id: AnnotationId) => Shape | undefined;

/** Throws a DocumentError for a command that may not be applied. */
export function validateCommand(command: Command, shapeOf: ShapeLookup): void {
  const { id } = command;
  if (!isAnnotationId(id)) {
    throw new DocumentError(
      "bad-id",
      `"${String(id).slice(0, 80)}" is not an id: use 1 to 64 letters, digits, - or _.`,
    );
  }
  if (command.kind === "create") {
    if (shapeOf(id) !== undefined) {
      throw new DocumentError("annotation-exists", `There is already an object ${id}.`, id);
    }
    validateCreate(command);
    return;
  }
  const shape = shapeOf(id);
  if (shape === undefined) {
    throw new DocumentError("unknown-annotation", `There is no object ${id} on this image.`, id);
  }
  validateChange(command, shape);
}

function validateCreate(command: Extract<Command, { kind: "create" }>): void {
  const { id, shape } = command;
  if (shape !== "mask" && shape !== "polygon" && shape !== "box") {
    throw new DocumentError("bad-value", "A shape is mask, polygon or box.", id);
  }
  requireText(command.classId, "class", id);
  if (command.order !== undefined) requireNumber(command.order, "order", id);
  if (command.name !== undefined) requireText(command.name, "name", id);
  if (command.group !== undefined) requireText(command.group, "group", id);
  for (const [key, value] of Object.entries(command.attributes ?? {})) {
    requireAttribute(key, value, id);
  }
  for (const { id: promptId, prompt } of command.prompts ?? []) {
    requirePrompt(promptId, prompt, id);
  }
  if (shape !== "mask") geometryOf(command, shape);
  else requireOperations(command.operations ?? [], id);
}

function validateChange(command: Exclude<Command, { kind: "create" }>, shape: Shape): void {
  const { id } = command;
  switch (command.kind) {
    case "set-geometry":
      if (shape === "mask") {
        throw new DocumentError("wrong-shape", "A mask has no outline to set; paint it.", id);
      }
      geometryOf(command, shape);
      return;
    case "set-class":
      return requireText(command.classId, "class", id);
    case "set-order":
      return requireNumber(command.order, "order", id);
    case "set-name":
      if (command.name !== null) requireText(command.name, "name", id);
      return;
    case "set-group":
      if (command.group !== null) requireText(command.group, "group", id);
      return;
    case "set-attribute":
      return requireAttribute(command.key, command.value, id);
    case "append-operations":
      if (shape !== "mask") {
        throw new DocumentError(
          "wrong-shape",
          `This object is a ${shape}: make it a mask before painting on it.`,
          id,
        );
      }
      return requireOperations(command.operations, id);
    case "convert-to-mask":
      return requireOperations(command.operations, id);
    case "set-prompt":
      if (command.prompt === null) requireKey(command.promptId, "prompt id", id);
      else requirePrompt(command.promptId, command.prompt, id);
      return;
    case "delete":
      if (command.at !== undefined) requireNumber(command.at, "time", id);
      return;
    case "restore":
      return;
  }
}

/** The geometry of a command as it is stored; throws where it does not fit the shape. */
export function geometryOf(
  source: { id: AnnotationId; rings?: readonly Ring[]; box?: Box },
  shape: "polygon" | "box",
): Uint8Array {
  const bytes = encodeGeometry(checkGeometry(source, shape));
  if (bytes.length > GEOMETRY_BYTES_LIMIT) {
    throw new DocumentError("too-large", "This outline has too many points.", source.id);
  }
  return bytes;
}

function checkGeometry(
  { id, rings, box }: { id: AnnotationId; rings?: readonly Ring[]; box?: Box },
  shape: "polygon" | "box",
): Geometry {
  if (shape === "box") {
    const numbers = box === undefined ? [] : [box.x, box.y, box.width, box.height];
    if (box === undefined || !numbers.every(isCoordinate) || box.width < 0 || box.height < 0) {
      throw new DocumentError(
        "bad-geometry",
        "A box needs x, y, width and height, none of the sizes below 0.",
        id,
      );
    }
    return { kind: "box", box };
  }
  if (rings === undefined || rings.length === 0) {
    throw new DocumentError("bad-geometry", "A polygon needs at least one ring.", id);
  }
  for (const ring of rings) {
    if (ring.length < 6 || ring.length % 2 !== 0 || !ring.every(isCoordinate)) {
      throw new DocumentError(
        "bad-geometry",
        "A ring is x, y, x, y, ... with at least three points, all of them numbers.",
        id,
      );
    }
  }
  return { kind: "polygon", rings };
}

function isCoordinate(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= MAX_COORDINATE_PX;
}

function requireOperations(operations: readonly Uint8Array[], id: AnnotationId): void {
  for (const bytes of operations) {
    if (bytes.length > OPERATION_BYTES_LIMIT) {
      throw new DocumentError("too-large", "One mask operation is larger than 256 KiB.", id);
    }
    if (decodeOperation(bytes) === undefined) {
      throw new DocumentError("bad-operation", "A mask operation cannot be read.", id);
    }
  }
}

function requirePrompt(promptId: string, prompt: Prompt, id: AnnotationId): void {
  requireKey(promptId, "prompt id", id);
  const points = pointsOf(prompt);
  const enough = prompt.kind.startsWith("scribble") ? points.length >= 4 : points.length >= 2;
  const isBadBox = prompt.kind === "box" && (prompt.box.width < 0 || prompt.box.height < 0);
  if (!enough || points.length % 2 !== 0 || !points.every(isCoordinate) || isBadBox) {
    throw new DocumentError("bad-geometry", "A prompt is not a click, box or line.", id);
  }
  if (points.length > 4000) {
    throw new DocumentError("too-large", "A scribble has too many points.", id);
  }
}

function requireAttribute(key: string, value: unknown, id: AnnotationId): void {
  requireKey(key, "attribute's name", id);
  if (value === null || typeof value === "boolean") return;
  if (typeof value === "number") requireNumber(value, `attribute ${key}`, id);
  else requireText(value, `attribute ${key}`, id);
}

function requireKey(value: unknown, what: string, id: AnnotationId): void {
  if (typeof value !== "string" || value.length === 0 || value.length > KEY_LIMIT) {
    throw new DocumentError("bad-value", `The ${what} must have 1 to ${KEY_LIMIT} letters.`, id);
  }
}

function requireText(value: unknown, what: string, id: AnnotationId): void {
  if (typeof value !== "string") {
    throw new DocumentError("bad-value", `The ${what} must be a text.`, id);
  }
  if (value.length > TEXT_LIMIT) {
    throw new DocumentError("too-large", `The ${what} is longer than ${TEXT_LIMIT} letters.`, id);
  }
}

function requireNumber(value: unknown, what: string, id: AnnotationId): void {
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new DocumentError("bad-value", `The ${what} must be a number.`, id);
  }
}
