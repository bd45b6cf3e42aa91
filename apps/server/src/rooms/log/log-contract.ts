import { expect, test } from "vitest";
import { EMPTY_BATCH, LogError, type LogRow, type RoomLog } from "./log.ts";

/** Opens the same storage again each time, as a process that starts would. */
export type LogBackend = {
  readonly open: () => Promise<RoomLog>;
  readonly dispose: () => Promise<void>;
};

const row = (room: string, seq: number, bytes: readonly number[], user?: string): LogRow => ({
  room,
  seq,
  at: 1_700_000_000_000 + seq,
  updates: bytes.map((byte) => Uint8Array.of(byte)),
  edits: user === undefined ? [] : [{ userId: user, annotationIds: [`${room}-${seq}`] }],
});

/** The suite that every backend of the log passes; rules L1-L9 of docs/spec/rooms.md. */
export function describeLog(name: string, createBackend: () => Promise<LogBackend>): void {
  const using =
    (body: (backend: LogBackend) => Promise<void>): (() => Promise<void>) =>
    async () => {
      const backend = await createBackend();
      try {
        await body(backend);
      } finally {
        await backend.dispose();
      }
    };

  test(
    `[L1] a room that was never written is empty (${name})`,
    using(async ({ open }) => {
      const log = await open();
      expect(await log.load("nowhere")).toEqual({
        snapshot: undefined,
        rows: [],
        clients: [],
        authors: [],
      });
      expect(await log.heads()).toEqual([]);
      await log.close();
    }),
  );

  test(
    `[L2] rows come back in order after the storage was opened again (${name})`,
    using(async ({ open }) => {
      const log = await open();
      await log.commit({ ...EMPTY_BATCH, rows: [row("a", 1, [1, 2, 3]), row("b", 1, [9])] });
      await log.commit({ ...EMPTY_BATCH, rows: [row("a", 2, [])] });
      await log.close();
      const again = await open();
      const stored = await again.load("a");
      expect(stored.rows.map((r) => [r.seq, r.updates])).toEqual([
        [1, [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]],
        [2, []],
      ]);
      expect((await again.load("b")).rows.map((r) => r.updates.map((u) => [...u]))).toEqual([
        [[9]],
      ]);
      await again.close();
    }),
  );

  test(
    `[L3] a taken number refuses the whole batch, bindings too (${name})`,
    using(async ({ open }) => {
      const log = await open();
      await log.commit({ ...EMPTY_BATCH, rows: [row("a", 1, [1])] });
      const bad = log.commit({
        ...EMPTY_BATCH,
        rows: [row("b", 1, [5]), row("a", 1, [2])],
        clients: [{ room: "b", binding: [7, "ann"] }],
      });
      await expect(bad).rejects.toBeInstanceOf(LogError);
      expect((await log.load("b")).rows).toEqual([]);
      expect((await log.load("b")).clients).toEqual([]);
      expect((await log.load("a")).rows.map((r) => r.updates.map((u) => [...u]))).toEqual([[[1]]]);
      await log.commit({ ...EMPTY_BATCH, rows: [row("a", 2, [3])] });
      expect((await log.load("a")).rows).toHaveLength(2);
      await log.close();
    }),
  );

  test(
    `[L4] the first owner of a client id or author number stays (${name})`,
    using(async ({ open }) => {
      const log = await open();
      const author = 2 ** 48 - 1;
      await log.commit({
        ...EMPTY_BATCH,
        clients: [{ room: "a", binding: [4_294_967_295, "ann"] }],
        authors: [{ room: "a", binding: [author, "ann"] }],
      });
      await log.commit({
        ...EMPTY_BATCH,
        clients: [{ room: "a", binding: [4_294_967_295, "eve"] }],
        authors: [
          { room: "a", binding: [author, "eve"] },
          { room: "a", binding: [5, "bob"] },
        ],
      });
      const stored = await log.load("a");
      expect(stored.clients).toEqual([[4_294_967_295, "ann"]]);
      expect([...stored.authors].toSorted((x, y) => x[0] - y[0])).toEqual([
        [5, "bob"],
        [author, "ann"],
      ]);
      expect((await log.load("b")).clients).toEqual([]);
      await log.close();
    }),
  );

  test(
    `[L5] a snapshot stands for the rows up to its number (${name})`,
    using(async ({ open }) => {
      const log = await open();
      await log.commit({ ...EMPTY_BATCH, rows: [1, 2, 3].map((seq) => row("a", seq, [seq])) });
      await log.commit({
        ...EMPTY_BATCH,
        rows: [row("a", 4, [4])],
        snapshots: [{ room: "a", seq: 3, state: Uint8Array.of(1, 2, 3) }],
      });
      const stored = await log.load("a");
      expect(stored.snapshot?.seq).toBe(3);
      expect([...(stored.snapshot?.state ?? [])]).toEqual([1, 2, 3]);
      expect(stored.rows.map((r) => r.seq)).toEqual([4]);
      expect(await log.heads()).toEqual([{ room: "a", seq: 4 }]);
      await log.close();
    }),
  );

  test(
    `[L6] edits are kept until they were told, in spite of a snapshot (${name})`,
    using(async ({ open }) => {
      const log = await open();
      await log.commit({
        ...EMPTY_BATCH,
        rows: [row("a", 1, [1], "ann"), row("a", 2, [2], "bob"), row("a", 3, [3])],
      });
      await log.commit({
        ...EMPTY_BATCH,
        snapshots: [{ room: "a", seq: 3, state: Uint8Array.of(9) }],
        told: [{ room: "a", seq: 1 }],
      });
      await log.close();
      const again = await open();
      expect(await again.untold()).toEqual([
        {
          room: "a",
          seq: 2,
          at: 1_700_000_000_002,
          edits: [{ userId: "bob", annotationIds: ["a-2"] }],
        },
      ]);
      await again.commit({ ...EMPTY_BATCH, told: [{ room: "a", seq: 3 }] });
      expect(await again.untold()).toEqual([]);
      expect((await again.load("a")).rows).toEqual([]);
      await again.close();
    }),
  );

  test(
    `[L7] a removed room is as if it had never been (${name})`,
    using(async ({ open }) => {
      const log = await open();
      await log.commit({
        rows: [row("a", 1, [1], "ann"), row("b", 1, [2])],
        clients: [{ room: "a", binding: [1, "ann"] }],
        authors: [{ room: "a", binding: [1, "ann"] }],
        snapshots: [{ room: "a", seq: 1, state: Uint8Array.of(1) }],
        told: [],
      });
      await log.remove("a");
      expect(await log.load("a")).toEqual({
        snapshot: undefined,
        rows: [],
        clients: [],
        authors: [],
      });
      expect(await log.heads()).toEqual([{ room: "b", seq: 1 }]);
      await log.close();
    }),
  );

  test(
    `[L8] calls are done in the order in which they were made (${name})`,
    using(async ({ open }) => {
      const log = await open();
      const commits = [1, 2, 3, 4].map((seq) =>
        log.commit({ ...EMPTY_BATCH, rows: [row("a", seq, [seq])] }),
      );
      const stored = await log.load("a");
      expect(stored.rows.map((r) => r.seq)).toEqual([1, 2, 3, 4]);
      await Promise.all(commits);
      await log.close();
    }),
  );

  test(
    `[L9] after close every call is refused and nothing is lost (${name})`,
    using(async ({ open }) => {
      const log = await open();
      const last = log.commit({ ...EMPTY_BATCH, rows: [row("a", 1, [1])] });
      await log.close();
      await last;
      await expect(log.load("a")).rejects.toBeInstanceOf(LogError);
      await expect(log.commit({ ...EMPTY_BATCH, rows: [row("a", 2, [1])] })).rejects.toBeInstanceOf(
        LogError,
      );
      const again = await open();
      expect((await again.load("a")).rows).toHaveLength(1);
      await again.close();
    }),
  );
}
