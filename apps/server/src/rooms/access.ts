import type { CloseCode } from "@limn/shared/api";

/** What one person may do in one room now. */
export type Access = {
  readonly userId: string;
  readonly name: string;
  readonly color: string;
  readonly canWrite: boolean;
  /** The image is closed to this person's edits although the role may write (4423 instead of 4403). */
  readonly locked?: boolean;
};

/** Why somebody may not be here: no session, no right, no such image. */
export type Refusal = { readonly refused: Extract<CloseCode, 4401 | 4403 | 4404> };

/**
 * Who is this connection, and what may they do in its room? Asked when it opens, every 30 s after that, and whenever
 * somebody's session or role has changed.
 */
export type Authenticate = () => Promise<Access | Refusal>;

export function mayWrite(access: Access): boolean {
  return access.canWrite && access.locked !== true;
}
