import type { PresenceState } from "@limn/shared/document";

/** Another person (or another tab of mine) on this image, as the stage and the panels show it. Never stored. */
export interface Peer {
  readonly clientId: number;
  readonly state: PresenceState;
  /** No movement for some seconds. */
  readonly idle: boolean;
}
