/** What one client, one room and one commit may cost. Bytes and milliseconds. */
export type Limits = {
  /** A larger frame is refused with 4413. */
  readonly frameBytes: number;
  /** A reader that owes more than this is dropped with 4508; its reconnect brings what it missed. */
  readonly unsentBytes: number;
  /** Reading from a client stops while this much of what it sent is not on disk. */
  readonly unsavedBytes: number;
  /** Frames kept for a client before its session is known; then reading stops until it is. */
  readonly openingFrames: number;
  readonly openingBytes: number;
  /** One presence state, as JSON text in UTF-8. */
  readonly presenceBytes: number;
  /** Client ids that one connection may be present with. */
  readonly presenceClients: number;
  /** Presence skips a reader that owes more than this; it gets all states when it has caught up. */
  readonly presenceSlowBytes: number;
  readonly presenceTickMs: number;
  /** The longest silence towards a client; y-websocket hangs up after 30 s without a frame. */
  readonly heartbeatMs: number;
  /** How often the rights of open sessions are asked again. */
  readonly recheckMs: number;
  /** How long a room stays in memory after the last person left. */
  readonly idleMs: number;
  /** A page that is told to go gets this long to take the close frame before the line is cut. */
  readonly closeGraceMs: number;
  /** Commands of one edit over HTTP or of a job are applied in pieces of about this size. */
  readonly editBytes: number;
  /** Out-of-step answers in a row before a client is closed with 4409. */
  readonly outOfStepRounds: number;
  /**
   * Bytes of updates that change nothing (a reconnect repeats all that it has) which a connection may have checked at
   * once, and per second after that; a state vector to answer counts as `stateVectorCost`. More is closed with 4508.
   */
  readonly idleWorkBurst: number;
  readonly idleWorkPerSecond: number;
  readonly stateVectorCost: number;
  /**
   * The longest that an edit waits for others before it is stored, when many people draw: a tick of presence, which is
   * what shows a stroke while it is made. An edit that comes alone is stored at once.
   */
  readonly commitGapMs: number;
  /** A snapshot is due when the rows since the last one are this many bytes and no fewer than it has, ... */
  readonly snapshotBytes: number;
  /** ... after this many rows in any case, ... */
  readonly snapshotRows: number;
  /** ... and when an idle room leaves memory, after this many. */
  readonly snapshotRowsAtUnload: number;
  /** How long the hook for commits waits for more before it is told. */
  readonly noticeMs: number;
};

export const DEFAULT_LIMITS: Limits = {
  frameBytes: 8 << 20,
  unsentBytes: 8 << 20,
  unsavedBytes: 16 << 20,
  openingFrames: 64,
  openingBytes: 8 << 20,
  presenceBytes: 16 << 10,
  presenceClients: 4,
  presenceSlowBytes: 64 << 10,
  presenceTickMs: 40,
  heartbeatMs: 15_000,
  recheckMs: 30_000,
  idleMs: 20_000,
  closeGraceMs: 5_000,
  editBytes: 1 << 20,
  outOfStepRounds: 3,
  idleWorkBurst: 32 << 20,
  idleWorkPerSecond: 256 << 10,
  stateVectorCost: 512 << 10,
  commitGapMs: 40,
  snapshotBytes: 1 << 20,
  snapshotRows: 2_000,
  snapshotRowsAtUnload: 20,
  noticeMs: 1_500,
};
