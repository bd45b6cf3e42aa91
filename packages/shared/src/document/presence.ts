/**
 * What a person shows to the others and nobody stores: who they are, where they point, what they are drawing. Travels
 * as the awareness state of y-protocols, which is JSON; what arrives was written by somebody else's program, so decoding
 * believes nothing.
 */
import type { Box, Point, Ring } from "../geometry/index.ts";
import type { BrushMode } from "../raster/index.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { decodePoints, encodePoints } from "./geometry-codec.ts";
import { type AnnotationId, isAnnotationId } from "./schema.ts";
import { STROKE_CHUNK_POINTS } from "./stroke.ts";

/** Bytes of one state as JSON. The server drops larger ones. */
export const PRESENCE_BYTES_LIMIT = 16 * 1024;
const MAX_SELECTION = 200;
const MAX_DRAFT_POINTS = 2000;

/** The part of a stroke that is not committed yet, and the id of the operation that will replace it. */
export interface LiveStroke {
  readonly annotation: AnnotationId;
  readonly author: number;
  readonly counter: number;
  readonly mode: BrushMode;
  /** Image pixels. */
  readonly radius: number;
  /** x, y, ... in image pixels, at most 64 points. */
  readonly points: Ring;
}

/** A shape in progress, in image pixels. */
export type Draft =
  | { readonly kind: "polygon"; readonly points: Ring }
  | { readonly kind: "box"; readonly box: Box }
  | {
      readonly kind: "smart";
      readonly box?: Box;
      readonly clicks: readonly {
        readonly x: number;
        readonly y: number;
        readonly inside: boolean;
      }[];
    };

export interface PresenceState {
  readonly user: { readonly id: string; readonly name: string; readonly color: string };
  /** Id of the tool that is held. */
  readonly tool: string;
  readonly classId?: string;
  /** Image pixels; absent while the pointer is elsewhere. */
  readonly cursor?: Point;
  readonly selection?: readonly AnnotationId[];
  readonly stroke?: LiveStroke;
  readonly draft?: Draft;
}

/** As it travels: points packed, so that a stroke of 64 points is some 200 bytes. Nothing else should be sent. */
export function encodePresence(state: PresenceState): Record<string, unknown> {
  const { user, tool, classId, cursor, selection, stroke, draft } = state;
  return {
    user,
    tool,
    ...(classId === undefined ? {} : { classId }),
    ...(cursor === undefined ? {} : { cursor: [roundQuarter(cursor.x), roundQuarter(cursor.y)] }),
    ...(selection === undefined ? {} : { selection: selection.slice(0, MAX_SELECTION) }),
    ...(stroke === undefined ? {} : { stroke: { ...stroke, points: packPoints(stroke.points) } }),
    ...(draft === undefined ? {} : { draft: encodeDraft(draft) }),
  };
}

function encodeDraft(draft: Draft): Record<string, unknown> {
  if (draft.kind === "polygon") return { kind: draft.kind, points: packPoints(draft.points) };
  if (draft.kind === "box") return { ...draft };
  const { kind, box, clicks } = draft;
  return {
    kind,
    ...(box === undefined ? {} : { box }),
    clicks: packPoints(clicks.flatMap(({ x, y }) => [x, y])),
    inside: clicks.map(({ inside }) => (inside ? "1" : "0")).join(""),
  };
}

/** Undefined when it is no state of ours at all; a part that cannot be read is left out. */
export function decodePresence(value: unknown): PresenceState | undefined {
  if (!isRecord(value) || !isRecord(value["user"])) return undefined;
  const { id, name, color } = value["user"];
  const tool = readText(value["tool"], 40);
  const user = { id: readText(id, 100), name: readText(name, 100), color: readColor(color) };
  if (user.id === undefined || user.name === undefined || user.color === undefined)
    return undefined;
  const cursor = readPair(value["cursor"]);
  const selection = readSelection(value["selection"]);
  const classId = readText(value["classId"], 100);
  const stroke = readStroke(value["stroke"]);
  const draft = readDraft(value["draft"]);
  return {
    user: { id: user.id, name: user.name, color: user.color },
    tool: tool ?? "",
    ...(classId === undefined ? {} : { classId }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(selection === undefined ? {} : { selection }),
    ...(stroke === undefined ? {} : { stroke }),
    ...(draft === undefined ? {} : { draft }),
  };
}

function readStroke(value: unknown): LiveStroke | undefined {
  if (!isRecord(value)) return undefined;
  const { annotation, author, counter, mode, radius } = value;
  const points = unpackPoints(value["points"], STROKE_CHUNK_POINTS);
  if (!isAnnotationId(annotation) || !isCount(author) || !isCount(counter)) return undefined;
  if (mode !== "add" && mode !== "remove") return undefined;
  if (!isNumber(radius) || radius <= 0 || radius > 512 || points === undefined) return undefined;
  return { annotation, author, counter, mode, radius, points };
}

function readDraft(value: unknown): Draft | undefined {
  if (!isRecord(value)) return undefined;
  const box = readBox(value["box"]);
  switch (value["kind"]) {
    case "polygon": {
      const points = unpackPoints(value["points"], MAX_DRAFT_POINTS);
      return points === undefined ? undefined : { kind: "polygon", points };
    }
    case "box":
      return box === undefined ? undefined : { kind: "box", box };
    case "smart": {
      const points = unpackPoints(value["clicks"], MAX_DRAFT_POINTS);
      const { inside } = value;
      if (points === undefined || typeof inside !== "string") return undefined;
      const clicks = [];
      for (let i = 0; i + 1 < points.length; i += 2) {
        clicks.push({ x: points[i] ?? 0, y: points[i + 1] ?? 0, inside: inside[i >> 1] === "1" });
      }
      return { kind: "smart", ...(box === undefined ? {} : { box }), clicks };
    }
    default:
      return undefined;
  }
}

function packPoints(points: Ring): string {
  return encodeBase64(encodePoints(points));
}

function unpackPoints(value: unknown, limit: number): Ring | undefined {
  if (typeof value !== "string" || value.length > PRESENCE_BYTES_LIMIT) return undefined;
  const points = decodePoints(decodeBase64(value));
  return points !== undefined && points.length <= limit * 2 ? points : undefined;
}

function readSelection(value: unknown): AnnotationId[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.slice(0, MAX_SELECTION).filter(isAnnotationId);
}

function readPair(value: unknown): Point | undefined {
  if (!Array.isArray(value)) return undefined;
  const [x, y] = value as unknown[];
  return isNumber(x) && isNumber(y) ? { x, y } : undefined;
}

function readBox(value: unknown): Box | undefined {
  if (!isRecord(value)) return undefined;
  const { x, y, width, height } = value;
  if (!isNumber(x) || !isNumber(y) || !isNumber(width) || !isNumber(height)) return undefined;
  return width < 0 || height < 0 ? undefined : { x, y, width, height };
}

/** Only what cannot be anything but a colour, since it ends up in styles. */
function readColor(value: unknown): string | undefined {
  return typeof value === "string" && /^#[0-9a-fA-F]{6}$/.test(value) ? value : undefined;
}

function readText(value: unknown, limit: number): string | undefined {
  return typeof value === "string" ? value.slice(0, limit) : undefined;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Math.abs(value) <= 2 ** 24;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function roundQuarter(value: number): number {
  return Math.round(value * 4) / 4;
}
