// The live documents: who may say what, what was said, and that it is stored. Knows yjs, not fastify.
export type { Access, Authenticate, Refusal } from "./access.ts";
export type { CommittedEdit, OnCommitted } from "./commit-notices.ts";
export { type Actor, type EditContext, type ImageSize, NoSuchImageError } from "./edits.ts";
export { DEFAULT_LIMITS, type Limits } from "./limits.ts";
export { LogError, type RoomLog } from "./log/log.ts";
export { createSqliteLog } from "./log/sqlite-log.ts";
export {
  acceptSocket,
  createRooms,
  type Rooms,
  type RoomsOptions,
  type RoomStats,
  type SocketOptions,
} from "./rooms.ts";
export { type RoomLine, type RoomSocket } from "./socket.ts";
