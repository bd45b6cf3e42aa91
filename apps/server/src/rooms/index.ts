// The live documents: who may say what, what was said, and that it is stored. Knows yjs, not fastify.
export type { Access, Refusal } from "./access.ts";
export type { CommittedEdit } from "./commit-notices.ts";
export { NoSuchImageError } from "./edits.ts";
export { createKeptDocuments } from "./kept-documents.ts";
export { LogError, type RoomLog } from "./log/log.ts";
export { createSqliteLog } from "./log/sqlite-log.ts";
export { acceptSocket, createRooms, type Rooms, type RoomsOptions } from "./rooms.ts";
