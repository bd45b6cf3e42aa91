export { api } from "./api.ts";
export {
  route,
  type Download,
  type Input,
  type Parsed,
  type Permission,
  type Reply,
  type Route,
  type Upload,
} from "./route.ts";
export { addressOf, callRoute, refusalOf, type Send } from "./client.ts";
export { ApiError, ERRORS, problem, type ErrorCode, type Problem } from "./errors.ts";
export { type Me, type Member } from "./people.ts";
export {
  CLASS_KINDS,
  IMAGE_STATES,
  type AnnotationClass,
  type ImageState,
  type Project,
} from "./projects.ts";
export { IMAGE_SORTS, type Image, type UploadResult } from "./images.ts";
export { type ApiAnnotation, type Rle } from "./annotations.ts";
export {
  DEFAULT_MODEL,
  learnReport,
  modelName,
  modelNameOf,
  modelTrial,
  lastLayer,
  MODEL_KINDS,
  type LearnReport,
  type Model,
} from "./models.ts";
export { importFields, JOB_STATES, type Job, type Receipt } from "./jobs.ts";
export { liveMessage, type LiveMessage, type Place } from "./live.ts";
export {
  CLOSE_CODES,
  closeActionOf,
  isCloseCode,
  type CloseAction,
  type CloseCode,
  type CloseCodeEntry,
} from "./close-codes.ts";
