import { createHash, randomBytes } from "node:crypto";

/** An opaque id: 12 random bytes as 16 characters of base64url. */
export function createId(): string {
  return randomBytes(12).toString("base64url");
}

/** A secret that is shown once and kept as its hash only. */
export function createSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** How secrets are kept: SHA-256, hex. They are random, so that a slow hash would gain nothing. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
