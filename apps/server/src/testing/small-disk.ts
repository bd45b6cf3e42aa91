import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system of its own, so that it can really be full. */
export interface SmallDisk {
  /** For the server's data. */
  readonly folder: string;
  /** Takes all space that is left but this many bytes. */
  fill(leave?: number): void;
  /** Gives it back. */
  free(): void;
  remove(): void;
}

const BLOCK = Buffer.alloc(4096, 1);

/**
 * Mounts one in memory, which takes root; without it `LIMN_SMALL_DISK` may name an empty folder that is the top of a
 * file system of 16 to 64 MiB.
 */
export function createSmallDisk(mebibytes: number): SmallDisk {
  const given = process.env["LIMN_SMALL_DISK"];
  const top = given ?? mkdtempSync(join(tmpdir(), "limn-disk-"));
  if (given === undefined) {
    try {
      execFileSync("/bin/mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", top], {
        stdio: "pipe",
      });
    } catch (error) {
      rmSync(top, { recursive: true });
      throw new Error(
        "A full disk is tested on a file system of its own, which could not be mounted: run this as root, or set LIMN_SMALL_DISK to an empty one of 16 to 64 MiB.",
        { cause: error },
      );
    }
  }
  const ballast = join(top, "ballast");
  return {
    folder: join(top, "data"),
    fill(leave = 0) {
      const file = openSync(ballast, "w");
      let size = 0;
      try {
        for (;;) size += writeSync(file, BLOCK);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
      closeSync(file);
      truncateSync(ballast, Math.max(0, size - leave));
    },
    free: () => rmSync(ballast, { force: true }),
    remove() {
      if (given === undefined) {
        execFileSync("/bin/umount", [top]);
        rmSync(top, { recursive: true });
      } else {
        for (const name of readdirSync(top)) rmSync(join(top, name), { recursive: true });
      }
    },
  };
}
