import { decodeGeometry } from "./geometry-codec.ts";
import type { MaskStore } from "./mask-store.ts";
import {
  attributeKey,
  groupKey,
  nameKey,
  parsePropertyKey,
  promptKey,
  readAttribute,
  readMain,
  readPrompt,
} from "./properties.ts";
import { countOperations, type DocumentRoots } from "./roots.ts";
import type { Annotation, AnnotationId, AttributeValue, StoredPrompt } from "./schema.ts";

/** Reads one annotation out of the root maps. Knows which extra keys an annotation has, so that no read scans them all. */
export interface AnnotationReader {
  /** Ids that have readable main properties, in no particular order. */
  ids(): Iterable<AnnotationId>;
  read(id: AnnotationId): Annotation | undefined;
  /** To be told of each changed key of `props`; returns the annotation that it belongs to. */
  noteKey(key: string): AnnotationId | undefined;
}

interface ExtraKeys {
  readonly attributes: Set<string>;
  readonly prompts: Set<string>;
}

export function createAnnotationReader(roots: DocumentRoots, masks: MaskStore): AnnotationReader {
  const extras = new Map<AnnotationId, ExtraKeys>();

  const noteKey = (key: string): AnnotationId | undefined => {
    const parsed = parsePropertyKey(key);
    if (parsed === undefined) return undefined;
    if (parsed.part === "attribute" || parsed.part === "prompt") {
      const known = extras.get(parsed.id) ?? { attributes: new Set(), prompts: new Set() };
      extras.set(parsed.id, known);
      (parsed.part === "attribute" ? known.attributes : known.prompts).add(parsed.key);
    }
    return parsed.id;
  };
  for (const key of roots.props.keys()) noteKey(key);

  const readAttributes = (id: AnnotationId): Record<string, AttributeValue> => {
    const attributes: [string, AttributeValue][] = [];
    for (const key of extras.get(id)?.attributes ?? []) {
      const value = readAttribute(roots.props.get(attributeKey(id, key)));
      if (value !== undefined) attributes.push([key, value]);
    }
    return Object.fromEntries(attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  };

  const readPrompts = (id: AnnotationId): StoredPrompt[] => {
    const prompts: StoredPrompt[] = [];
    for (const key of extras.get(id)?.prompts ?? []) {
      const prompt = readPrompt(roots.props.get(promptKey(id, key)));
      if (prompt !== undefined) prompts.push(Object.freeze({ ...prompt, id: key }));
    }
    // Prompt ids sort by age when they are made by a clock or a count; equal on all replicas in any case.
    return prompts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  };

  const read = (id: AnnotationId): Annotation | undefined => {
    const main = readMain(roots.props.get(id));
    if (main === undefined) return undefined;
    const geometry = decodeGeometry(roots.geo.get(id));
    const operationCount = countOperations(roots, id);
    const isMask = main.t === "mask" || (operationCount > 0 && masks.hasActiveOperations(id));
    const name = roots.props.get(nameKey(id));
    const group = roots.props.get(groupKey(id));
    const deleted = roots.del.get(id);
    return Object.freeze({
      id,
      shape: isMask ? ("mask" as const) : main.t,
      classId: main.c,
      order: main.z,
      ...(typeof name === "string" ? { name } : {}),
      ...(typeof group === "string" ? { group } : {}),
      attributes: Object.freeze(readAttributes(id)),
      deleted: deleted !== undefined && deleted !== null,
      ...(geometry?.kind === "polygon" ? { rings: Object.freeze(geometry.rings) } : {}),
      ...(geometry?.kind === "box" ? { box: Object.freeze(geometry.box) } : {}),
      prompts: Object.freeze(readPrompts(id)),
      operationCount,
    });
  };

  return {
    *ids() {
      for (const key of roots.props.keys()) {
        if (parsePropertyKey(key)?.part === "main") yield key;
      }
    },
    read,
    noteKey,
  };
}
