import { LogError, type RoomLog } from "../index.ts";

/** A log whose disk can be made slow or full. Tests only. */
export type HeldLog = {
  readonly wrap: (log: RoomLog) => RoomLog;
  /** Commits wait from now on; the returned function lets them go. */
  readonly hold: () => () => void;
  /** Commits that touch one of these rooms fail from now on, as on a full disk; `undefined`: all of them. */
  readonly makeFull: (rooms: readonly string[] | undefined) => void;
  readonly makeRoom: () => void;
  /** The next commit fails, those after it do not. */
  readonly failOnce: () => void;
  /** Commits that were called and wait. */
  readonly waiting: () => number;
  readonly loads: readonly string[];
};

export function createHeldLog(): HeldLog {
  let full: { rooms: readonly string[] | undefined } | undefined;
  let gate: Promise<void> | undefined;
  const loads: string[] = [];
  let failing = false;
  let waiting = 0;
  return {
    wrap: (log) => ({
      ...log,
      async commit(batch) {
        waiting++;
        await gate;
        waiting--;
        if (failing) {
          failing = false;
          throw new LogError("the disk did not answer");
        }
        const hit = batch.rows.some((row) => full?.rooms?.includes(row.room) ?? true);
        if (full !== undefined && hit) throw new LogError("database or disk is full");
        return log.commit(batch);
      },
      load(room) {
        loads.push(room);
        return log.load(room);
      },
    }),
    hold() {
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      return () => {
        gate = undefined;
        held.resolve();
      };
    },
    makeFull(rooms) {
      full = { rooms };
    },
    makeRoom() {
      full = undefined;
    },
    failOnce() {
      failing = true;
    },
    waiting: () => waiting,
    loads,
  };
}
