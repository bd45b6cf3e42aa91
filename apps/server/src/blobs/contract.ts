import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlobStore } from "./blobs.ts";

async function* broken() {
  yield Buffer.from("ne");
  await Promise.resolve();
  throw new Error("cut off");
}

/** The suite that every blob store passes. `open` gets an empty folder that the suite removes afterwards. */
export function describeBlobs(name: string, open: (folder: string) => Promise<BlobStore>): void {
  describe(`blobs in ${name}`, () => {
    let folder: string;
    let blobs: BlobStore;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "limn-blobs-"));
      blobs = await open(join(folder, "store"));
    });
    afterAll(() => rm(folder, { recursive: true }));

    const read = async (key: string, range?: { start: number; end: number }) => {
      const stream = await blobs.get(key, range);
      return stream === null ? null : (await buffer(stream)).toString();
    };

    test("[SB1] what was put is there, whole or by range", async () => {
      await blobs.put("originals/ab/1", Buffer.from("hello world"));
      expect(await read("originals/ab/1")).toBe("hello world");
      expect(await read("originals/ab/1", { start: 6, end: 8 })).toBe("wor");
      expect(await blobs.size("originals/ab/1")).toBe(11);
    });

    test("[SB1] a stream is put as it comes, and again over the old content", async () => {
      await blobs.put("s", Readable.from([Buffer.from("one "), Buffer.from("two")]));
      expect(await read("s")).toBe("one two");
      await blobs.put("s", Buffer.from("new"));
      expect(await read("s")).toBe("new");
    });

    test("[SB2] a stream that breaks leaves the key as it was", async () => {
      await blobs.put("kept", Buffer.from("old"));
      await expect(blobs.put("kept", broken())).rejects.toThrow("cut off");
      expect(await read("kept")).toBe("old");
      await expect(blobs.put("never", broken())).rejects.toThrow("cut off");
      expect(await blobs.size("never")).toBeNull();
    });

    test("[SB3] a local file is taken over", async () => {
      const path = join(folder, "local");
      await writeFile(path, "mine");
      await blobs.adopt("derived/x", path);
      expect(await read("derived/x")).toBe("mine");
      await expect(readFile(path)).rejects.toThrow("ENOENT");
    });

    test("[SB3] a key can be read as a local file", async () => {
      await blobs.put("f", Buffer.from("bytes"));
      const file = await blobs.asFile("f");
      expect(await readFile(file?.path ?? "", "utf8")).toBe("bytes");
      await file?.release();
      expect(await read("f")).toBe("bytes");
    });

    test("[SB4] what is not there is null, and can be deleted", async () => {
      expect(await blobs.get("nothing")).toBeNull();
      expect(await blobs.size("nothing/below")).toBeNull();
      expect(await blobs.asFile("nothing")).toBeNull();
      await blobs.delete("nothing");
    });

    test("[SB4] deleting a key deletes all below it", async () => {
      await blobs.put("d/1/a", Buffer.from("a"));
      await blobs.put("d/1/b", Buffer.from("b"));
      await blobs.put("d/2", Buffer.from("c"));
      await blobs.delete("d/1");
      expect(await blobs.size("d/1/a")).toBeNull();
      expect(await blobs.size("d/2")).toBe(1);
      expect(await blobs.list("d")).toEqual(["2"]);
      expect(await blobs.list("d/2")).toEqual([]);
      expect(await blobs.list("nowhere")).toEqual([]);
    });

    test("[SB4] what is put below while a key is deleted does not make that fail", async () => {
      for (let round = 0; round < 20; round++) {
        await blobs.put(`r/${round}/old`, Buffer.from("a"));
        const puts = Array.from({ length: 10 }, (_, i) =>
          // Its folder may go at the very moment when it is moved there; then it is not put, and says so.
          blobs.put(`r/${round}/${i}/new`, Buffer.from("b")).catch(() => undefined),
        );
        await blobs.delete(`r/${round}`);
        await Promise.all(puts);
        expect(await blobs.size(`r/${round}/old`)).toBeNull();
      }
    });

    test.each(["../x", "a/../b", "/etc/passwd", "a//b", "", ".unfinished/x", "a\\b", "a\0"])(
      "[SB5] %j is no key",
      async (key) => {
        await expect(blobs.put(key, Buffer.from("x"))).rejects.toThrow("is not a key");
        await expect(blobs.get(key)).rejects.toThrow("is not a key");
        await expect(blobs.delete(key)).rejects.toThrow("is not a key");
      },
    );
  });
}
