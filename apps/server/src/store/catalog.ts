import type { ImageState, Job } from "@limn/shared/api";
import type { Role } from "@limn/shared/access";

/*
 * The catalog's tables as Kysely sees them. Times are ISO 8601 text in UTC, flags are 0 or 1 (SQLite has no booleans).
 * The tables user, session, account and verification have the shape that better-auth expects of them.
 */

type Flag = 0 | 1;

export interface Catalog {
  user: UserRow;
  session: SessionRow;
  account: AccountRow;
  verification: VerificationRow;
  token: TokenRow;
  project: ProjectRow;
  member: MemberRow;
  invitation: InvitationRow;
  class: ClassRow;
  image: ImageRow;
  summary: SummaryRow;
  classcount: ClassCountRow;
  authorship: AuthorshipRow;
  job: JobRow;
  model: ModelRow;
  setting: SettingRow;
}

export interface UserRow {
  id: string;
  name: string;
  email: string;
  emailVerified: Flag;
  image: string | null;
  createdAt: string;
  updatedAt: string;
  color: string;
  /** Owner of the installation. */
  owner: Flag;
}

interface SessionRow {
  id: string;
  token: string;
  userId: string;
  expiresAt: string;
  createdAt: string;
  updatedAt: string;
  ipAddress: string | null;
  userAgent: string | null;
}

interface AccountRow {
  id: string;
  accountId: string;
  providerId: string;
  userId: string;
  accessToken: string | null;
  refreshToken: string | null;
  idToken: string | null;
  accessTokenExpiresAt: string | null;
  refreshTokenExpiresAt: string | null;
  scope: string | null;
  password: string | null;
  createdAt: string;
  updatedAt: string;
}

interface VerificationRow {
  id: string;
  identifier: string;
  value: string;
  expiresAt: string;
  createdAt: string;
  updatedAt: string;
}

export interface TokenRow {
  id: string;
  userId: string;
  name: string;
  prefix: string;
  /** SHA-256 of the secret, hex. */
  hash: string;
  createdAt: string;
  lastUsedAt: string | null;
}

export interface ProjectRow {
  id: string;
  name: string;
  description: string;
  sample: Flag;
  /** Id of the network that the project uses; null: the one that comes with the product. */
  model: string | null;
  createdBy: string | null;
  createdAt: string;
  lastActivityAt: string;
  deletedAt: string | null;
}

export interface MemberRow {
  projectId: string;
  userId: string;
  role: Role;
  createdAt: string;
}

export interface InvitationRow {
  id: string;
  projectId: string;
  role: Role;
  secretHash: string;
  createdBy: string;
  createdAt: string;
  expiresAt: string;
  revokedAt: string | null;
}

export interface ClassRow {
  id: string;
  projectId: string;
  /** As typed. */
  name: string;
  color: string;
  kind: "any" | "mask" | "polygon" | "box";
  /** Position among the project's classes; gaps are harmless. */
  place: number;
  createdAt: string;
  removedAt: string | null;
}

export interface ImageRow {
  id: string;
  projectId: string;
  /** Relative path as typed. */
  name: string;
  /** The path in NFC: what makes two paths the same. */
  nameKey: string;
  /** The path in NFC and lower case: what a search compares. */
  searchKey: string;
  /** The same with padded numbers, so that 2 comes before 10. */
  sortKey: string;
  /** Of the original bytes; names their blob and everything derived from it. */
  sha256: string;
  bytes: number;
  /** Of the original bytes, found by looking at them. */
  mediaType: string;
  /** Of the upright picture. */
  width: number;
  height: number;
  /** Media type of what `/file` serves. */
  servedType: string;
  state: ImageState;
  assignee: string | null;
  credit: string | null;
  createdBy: string | null;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
}

export interface SummaryRow {
  imageId: string;
  /** Log position of the document that was folded. */
  seq: number;
  objects: number;
  /** Name of the overlay picture, changes with its content; null: nothing to overlay. */
  overlay: string | null;
  /** Rises with every change of the document. */
  mark: number;
  /** The mark of what was folded; below `mark`: to be folded again. */
  folded: number;
  /** Empty: never folded. */
  updatedAt: string;
}

interface ClassCountRow {
  imageId: string;
  classId: string;
  objects: number;
}

export interface AuthorshipRow {
  imageId: string;
  annotationId: string;
  createdBy: string;
  createdAt: string;
  updatedBy: string;
  updatedAt: string;
}

export interface JobRow {
  id: string;
  projectId: string;
  kind: Job["kind"];
  /** JSON, known to the handler of the kind alone. */
  payload: string;
  state: Job["state"];
  progress: number;
  message: string;
  /** JSON of a receipt. */
  receipt: string | null;
  fileKey: string | null;
  fileName: string | null;
  fileType: string | null;
  tries: number;
  createdBy: string;
  createdAt: string;
  finishedAt: string | null;
}

/** A network that belongs to one project. */
export interface ModelRow {
  id: string;
  projectId: string;
  kind: "learnt" | "uploaded";
  name: string;
  family: string;
  /** JSON of the change to the default network's last layer; null for a network of its own. */
  layer: string | null;
  /** JSON of what learning gave. */
  report: string | null;
  /** JSON of where the files of an uploaded network lie in the blob store. */
  files: string | null;
  /** JSON of how an uploaded network did on an image of the project. */
  trial: string | null;
  createdBy: string;
  createdAt: string;
}

interface SettingRow {
  key: string;
  value: string;
}
