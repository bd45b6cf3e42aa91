import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ConfigError, readConfig } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "limn-config-"));
afterAll(() => rmSync(folder, { recursive: true }));
const read = (environment: Record<string, string>) =>
  readConfig({ DATA_DIR: folder, ...environment });

test("[SV1] without settings: port 8080 on this machine, SQLite, a sample project", () => {
  expect(read({})).toMatchObject({
    port: 8080,
    host: "127.0.0.1",
    dataDir: folder,
    publicUrl: null,
    logLevel: "info",
    owner: null,
    sample: true,
  });
});

test("[SV1] [MO12] networks that people brought get a third of the memory, 4 GiB at most, or what the setting says", () => {
  const { networkMemoryBytes } = read({});
  expect(networkMemoryBytes).toBeGreaterThanOrEqual(512 * 2 ** 20);
  expect(networkMemoryBytes).toBeLessThanOrEqual(
    Math.max(512 * 2 ** 20, Math.min(2 ** 32, totalmem() / 3)),
  );
  expect(read({ LIMN_NETWORK_MEMORY_MB: "1000" }).networkMemoryBytes).toBe(1000 * 2 ** 20);
});

test("[SV2] the secret is made once, kept in the data folder, readable by this user only", () => {
  const { secret } = read({});
  expect(secret).toHaveLength(43);
  expect(read({}).secret).toBe(secret);
  expect(readFileSync(join(folder, "secret"), "utf8")).toBe(`${secret}\n`);
  expect(statSync(join(folder, "secret")).mode & 0o777).toBe(0o600);
});

test.each([
  [{ PORT: "eighty" }, 'PORT is "eighty": give a whole number from 0 to 65535.'],
  [{ PORT: "70000" }, 'PORT is "70000": give a whole number from 0 to 65535.'],
  [
    { DATABASE_URL: "postgres://x" },
    "DATABASE_URL is set, but PostgreSQL is not built in yet; leave it out to use SQLite in DATA_DIR.",
  ],
  [
    { REDIS_URL: "redis://x" },
    "REDIS_URL is set, but Redis is not built in yet; leave it out to run one process.",
  ],
  [
    { BLOB_URL: "s3://x" },
    "BLOB_URL is set, but S3 storage is not built in yet; leave it out to keep files in DATA_DIR.",
  ],
  [
    { LIMN_NETWORK_MEMORY_MB: "2 GB" },
    'LIMN_NETWORK_MEMORY_MB is "2 GB": give a whole number from 512 on.',
  ],
  [
    { LIMN_NETWORK_MEMORY_MB: "100" },
    'LIMN_NETWORK_MEMORY_MB is "100": give a whole number from 512 on.',
  ],
  [
    { PUBLIC_URL: "limn.example" },
    'PUBLIC_URL is "limn.example": give an address such as https://limn.example.',
  ],
  [
    { PUBLIC_URL: "https://limn.example/a" },
    'PUBLIC_URL is "https://limn.example/a": Limn has to be at the root of its address, so leave the path out.',
  ],
  [
    { LOG_LEVEL: "loud" },
    'LOG_LEVEL is "loud": give one of fatal, error, warn, info, debug, trace, silent.',
  ],
  [
    { LIMN_OWNER_EMAIL: "a@b.example" },
    "LIMN_OWNER_EMAIL and LIMN_OWNER_PASSWORD belong together: give both or neither.",
  ],
  [
    { LIMN_OWNER_EMAIL: "a", LIMN_OWNER_PASSWORD: "long enough" },
    'LIMN_OWNER_EMAIL is "a", which is not an e-mail address.',
  ],
  [
    { LIMN_OWNER_EMAIL: "a@b.example", LIMN_OWNER_PASSWORD: "short" },
    "LIMN_OWNER_PASSWORD needs 8 to 200 characters.",
  ],
  [{ LIMN_SECRET: "short" }, "LIMN_SECRET is too short: give at least 32 random characters."],
])("[SV3] %o is refused in a sentence", (environment, sentence) => {
  expect(() => read(environment)).toThrow(new ConfigError(sentence));
});

test("[SV3] a data folder that cannot be made is refused in a sentence", () => {
  expect(() => read({ DATA_DIR: join(folder, "secret", "below-a-file") })).toThrow(
    /^DATA_DIR is .* cannot be made or used \(ENOTDIR\): give a folder/,
  );
});

test("[SV4] the public address is kept without a trailing slash", () => {
  expect(read({ PUBLIC_URL: "https://limn.example/" }).publicUrl).toBe("https://limn.example");
});
