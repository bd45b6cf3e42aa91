import {
  openImageDocument,
  readAnnotation,
  readAnnotations,
  renderOverlay,
  summarizeDocument,
  type ImageDocument,
} from "@limn/shared/document";
import * as Y from "yjs";
import { createKeptDocuments } from "../rooms/index.ts";
import { answerCalls } from "../workers/answer-calls.ts";
import { buildCommands } from "./build-commands.ts";
import type { DocumentCalls, ImageSize } from "./document-calls.ts";
import { encodePng } from "./png.ts";

/* The thread in which documents are folded outside of their rooms: masks take time that no request should wait for. */

function openState(state: Uint8Array, size: ImageSize): ImageDocument {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  return openImageDocument(doc, size);
}

/** Classes that are gone for good are drawn in grey. */
const UNKNOWN_CLASS = "#808080";

function drawOverlay(
  document: ImageDocument,
  colors: Readonly<Record<string, string>>,
  maxSide: number,
): Uint8Array {
  const { width, height, rgba } = renderOverlay(document, {
    maxSide,
    colorOf(classId) {
      const value = Number.parseInt((colors[classId] ?? UNKNOWN_CLASS).slice(1), 16);
      return [value >> 16, (value >> 8) & 255, value & 255];
    },
  });
  return encodePng(width, height, new Uint8Array(rgba.buffer));
}

/** Some hundred documents of the usual size, or a few large ones. */
const kept = createKeptDocuments(64 << 20);

answerCalls<DocumentCalls>({
  async read({ state, size, ids }) {
    const document = openState(state, size);
    if (ids === null) return readAnnotations(document);
    const wanted = new Set(ids);
    return document
      .list()
      .filter(({ id }) => wanted.has(id))
      .map((annotation) => readAnnotation(document, annotation));
  },

  build: async ({ annotations, size, author }) => buildCommands(annotations, size, author),

  async summarize({ imageId, state, since, size, colors, maxSide }) {
    const document = kept.update(imageId, state, since, size);
    if (document === undefined) return null;
    const { objects, perClass } = summarizeDocument(document);
    const stateVector = Y.encodeStateVector(document.doc);
    const overlay = objects === 0 ? null : drawOverlay(document, colors, maxSide);
    return { summary: { objects, perClass, overlay }, stateVector };
  },
});
