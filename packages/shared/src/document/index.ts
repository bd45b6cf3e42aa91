export {
  type Annotation,
  type AnnotationId,
  type AttributeValue,
  type AuthorNumber,
  createAuthorNumber,
  isAnnotationId,
  META_VERSION,
  type Prompt,
  type Shape,
  type StoredPrompt,
} from "./schema.ts";
export { type DocumentChange, type ImageDocument, openImageDocument } from "./image-document.ts";
export { type Command, DocumentError, type DocumentErrorCode } from "./commands.ts";
export { applyCommands } from "./apply-commands.ts";
export {
  annotationBitmask,
  convertToMask,
  moveMask,
  replaceWithDifference,
  ringsBitmask,
} from "./mask-edits.ts";
export { documentVersion, encodeEmptyDocument, migrateDocument } from "./migrate.ts";
export {
  brushOperations,
  maskOperations,
  regionOperations,
  type Stroke,
  STROKE_CHUNK_POINTS,
} from "./stroke.ts";
export { type Admission, type AdmissionRoom, inspectUpdate } from "./admission.ts";
export { touchedAnnotations } from "./touched.ts";
export {
  createHistory,
  type Gesture,
  type History,
  type HistoryOptions,
  type HistoryStep,
  type SerializedHistory,
} from "./history.ts";
export {
  decodePresence,
  type Draft,
  encodePresence,
  type LiveStroke,
  PRESENCE_BYTES_LIMIT,
  type PresenceState,
} from "./presence.ts";
export { type Overlay, type OverlayOptions, renderOverlay } from "./overlay.ts";
export {
  type AnnotationRecord,
  type DocumentSummary,
  readAnnotation,
  readAnnotations,
  summarizeDocument,
} from "./snapshot.ts";
