import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { totalmem } from "node:os";
import { join, resolve } from "node:path";

/** Everything that the environment decides, read once at start. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** Absolute path; made when it does not exist. */
  readonly dataDir: string;
  /** The address people use, without a trailing slash, where a proxy stands in front. */
  readonly publicUrl: string | null;
  /** Signs session cookies; kept in the data folder when the environment gives none. */
  readonly secret: string;
  readonly logLevel: LogLevel;
  /** Makes the owner's account without the page. */
  readonly owner: { readonly email: string; readonly password: string } | null;
  readonly sample: boolean;
  /** How much memory each process may take in which a network runs that people brought. */
  readonly networkMemoryBytes: number;
}

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** A setting that the server cannot start with; the message is one sentence for whoever started it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment; makes the data folder and, on the first start, the secret in it. */
export function readConfig(environment: Environment): Config {
  refuseAbsentEngines(environment);
  const dataDir = dataFolder(environment);
  try {
    mkdirSync(dataDir, { recursive: true });
  } catch (error) {
    throw new ConfigError(
      `DATA_DIR is ${dataDir}, which cannot be made or used (${reasonOf(error)}): give a folder that this user may write to.`,
      { cause: error },
    );
  }
  return {
    port: readPort(environment),
    host: given(environment, "HOST") ?? "127.0.0.1",
    dataDir,
    publicUrl: readPublicUrl(environment),
    secret: readSecret(environment, dataDir),
    logLevel: readLogLevel(environment),
    owner: readOwner(environment),
    sample: given(environment, "LIMN_SAMPLE") !== "0",
    networkMemoryBytes: readNetworkMemory(environment),
  };
}

/** Where the server keeps everything; an absolute path, which may not exist yet. */
export function dataFolder(environment: Environment): string {
  return resolve(given(environment, "DATA_DIR") ?? "data");
}

/** An empty setting counts as absent, so that `PORT= npm start` means the default. */
function given(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === "" ? undefined : value;
}

const absentEngines = {
  DATABASE_URL: "PostgreSQL is not built in yet; leave it out to use SQLite in DATA_DIR.",
  REDIS_URL: "Redis is not built in yet; leave it out to run one process.",
  BLOB_URL: "S3 storage is not built in yet; leave it out to keep files in DATA_DIR.",
} as const;

function refuseAbsentEngines(environment: Environment): void {
  for (const [name, sentence] of Object.entries(absentEngines))
    if (given(environment, name) !== undefined)
      throw new ConfigError(`${name} is set, but ${sentence}`);
}

function readPort(environment: Environment): number {
  const text = given(environment, "PORT") ?? "8080";
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new ConfigError(`PORT is "${text}": give a whole number from 0 to 65535.`);
  return port;
}

function readPublicUrl(environment: Environment): string | null {
  const text = given(environment, "PUBLIC_URL");
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw new ConfigError(`PUBLIC_URL is "${text}": give an address such as https://limn.example.`);
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new ConfigError(
      `PUBLIC_URL is "${text}": Limn has to be at the root of its address, so leave the path out.`,
    );
  return url.origin;
}

function readLogLevel(environment: Environment): LogLevel {
  const text = given(environment, "LOG_LEVEL") ?? "info";
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined)
    throw new ConfigError(`LOG_LEVEL is "${text}": give one of ${LOG_LEVELS.join(", ")}.`);
  return level;
}

function readOwner(environment: Environment): Config["owner"] {
  const email = given(environment, "LIMN_OWNER_EMAIL");
  const password = given(environment, "LIMN_OWNER_PASSWORD");
  if (email === undefined && password === undefined) return null;
  if (email === undefined || password === undefined)
    throw new ConfigError(
      "LIMN_OWNER_EMAIL and LIMN_OWNER_PASSWORD belong together: give both or neither.",
    );
  if (!/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))
    throw new ConfigError(`LIMN_OWNER_EMAIL is "${email}", which is not an e-mail address.`);
  if (password.length < 8 || password.length > 200)
    throw new ConfigError("LIMN_OWNER_PASSWORD needs 8 to 200 characters.");
  return { email, password };
}

/** Less does not even load the runtime with a network of some size. */
const LEAST_NETWORK_MIB = 512;
const MOST_BY_DEFAULT_MIB = 4096;

/** There are two such processes, one that answers and one that tries: together they leave a third to everything else. */
function readNetworkMemory(environment: Environment): number {
  const text = given(environment, "LIMN_NETWORK_MEMORY_MB");
  if (text === undefined) {
    const third = Math.floor(machineMemory() / 3 / 2 ** 20);
    return Math.max(LEAST_NETWORK_MIB, Math.min(MOST_BY_DEFAULT_MIB, third)) * 2 ** 20;
  }
  if (!/^\d+$/.test(text) || Number(text) < LEAST_NETWORK_MIB)
    throw new ConfigError(
      `LIMN_NETWORK_MEMORY_MB is "${text}": give a whole number from ${LEAST_NETWORK_MIB} on.`,
    );
  return Number(text) * 2 ** 20;
}

/** Bytes of this machine, or of the container that this runs in. */
function machineMemory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(totalmem(), constrained) : totalmem();
}

function readSecret(environment: Environment, dataDir: string): string {
  const fromEnvironment = given(environment, "LIMN_SECRET");
  if (fromEnvironment !== undefined) {
    if (fromEnvironment.length < 32)
      throw new ConfigError("LIMN_SECRET is too short: give at least 32 random characters.");
    return fromEnvironment;
  }
  const path = join(dataDir, "secret");
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unusable(path, error);
  }
  const secret = randomBytes(32).toString("base64url");
  try {
    writeFileSync(path, `${secret}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw unusable(path, error);
  }
  return secret;
}

function unusable(path: string, error: unknown): ConfigError {
  return new ConfigError(
    `${path} cannot be read or written (${reasonOf(error)}): DATA_DIR has to belong to this user.`,
    { cause: error },
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}
