/** What stands under the keys of `props`, and how to read it without trusting it. */
import { decodePoints, encodePoints } from "./geometry-codec.ts";
import { type AttributeValue, isAnnotationId, type Prompt, type Shape } from "./schema.ts";

/** The value of `props['<id>']`. */
export interface MainProperties {
  /** Shape as it was made or converted. */
  readonly t: Shape;
  /** Class id. */
  readonly c: string;
  /** Order. */
  readonly z: number;
}

export function readMain(value: unknown): MainProperties | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { t, c, z } = value as Record<string, unknown>; // Any object may be asked for these three.
  if ((t !== "mask" && t !== "polygon" && t !== "box") || typeof c !== "string") return undefined;
  return { t, c, z: typeof z === "number" && Number.isFinite(z) ? z : 0 };
}

export type PropertyKey =
  | { readonly id: string; readonly part: "main" | "name" | "group" }
  | { readonly id: string; readonly part: "attribute" | "prompt"; readonly key: string };

export function parsePropertyKey(key: string): PropertyKey | undefined {
  const slash = key.indexOf("/");
  const id = slash < 0 ? key : key.slice(0, slash);
  if (!isAnnotationId(id)) return undefined;
  if (slash < 0) return { id, part: "main" };
  const rest = key.slice(slash + 1);
  if (rest === "name" || rest === "group") return { id, part: rest };
  if (rest.startsWith("attr/")) return { id, part: "attribute", key: rest.slice(5) };
  if (rest.startsWith("p/")) return { id, part: "prompt", key: rest.slice(2) };
  return undefined;
}

export function nameKey(id: string): string {
  return `${id}/name`;
}
export function groupKey(id: string): string {
  return `${id}/group`;
}
export function attributeKey(id: string, key: string): string {
  return `${id}/attr/${key}`;
}
export function promptKey(id: string, promptId: string): string {
  return `${id}/p/${promptId}`;
}

export function readAttribute(value: unknown): AttributeValue | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** `k` is the prompt's kind, `q` its points: two corners of a box, one click, or a line. */
export interface PackedPrompt {
  readonly k: Prompt["kind"];
  readonly q: Uint8Array;
}

export function packPrompt(prompt: Prompt): PackedPrompt {
  return { k: prompt.kind, q: encodePoints(pointsOf(prompt)) };
}

export function pointsOf(prompt: Prompt): readonly number[] {
  if (prompt.kind === "box") {
    const { x, y, width, height } = prompt.box;
    return [x, y, x + width, y + height];
  }
  return "point" in prompt ? [prompt.point.x, prompt.point.y] : prompt.points;
}

export function readPrompt(value: unknown): Prompt | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { k, q } = value as Record<string, unknown>; // As in readMain.
  const points = decodePoints(q);
  if (points === undefined) return undefined;
  const [x = 0, y = 0, right = 0, bottom = 0] = points;
  if (k === "box" && points.length === 4 && right >= x && bottom >= y) {
    return { kind: k, box: { x, y, width: right - x, height: bottom - y } };
  }
  if ((k === "in" || k === "out") && points.length === 2) return { kind: k, point: { x, y } };
  if ((k === "scribble-in" || k === "scribble-out") && points.length >= 4) {
    return { kind: k, points };
  }
  return undefined;
}
