import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { readCaseFile } from "./case-files.ts";
import type { Outcome } from "./run-case.ts";

/** x, y, [red, green, blue], tolerance. */
type Sample = readonly [number, number, readonly [number, number, number], number];

async function served(outcome: Outcome, name: string) {
  const image = outcome.images.find((candidate) => candidate.name === name);
  const response = await outcome.server.get(`/api/images/${image?.id ?? name}/file`);
  expect(response.status, `the picture ${name}`).toBe(200);
  const bytes = Buffer.from(await response.arrayBuffer());
  return { bytes, type: response.headers.get("content-type") };
}

export async function checkPixels(
  outcome: Outcome,
  expected: Readonly<Record<string, readonly Sample[]>>,
): Promise<void> {
  for (const [name, samples] of Object.entries(expected)) {
    const { bytes } = await served(outcome, name);
    const { data, info } = await sharp(bytes)
      .toColourspace("srgb")
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    for (const [x, y, color, tolerance] of samples)
      for (const [channel, value] of color.entries()) {
        const at = (y * info.width + x) * info.channels + Math.min(channel, info.channels - 1);
        expect(Math.abs((data[at] ?? -999) - value), `${name} ${x},${y}`).toBeLessThanOrEqual(
          tolerance,
        );
      }
  }
}

export async function checkShareOfWhite(outcome: Outcome, most: number): Promise<void> {
  for (const { name } of outcome.images) {
    const { bytes } = await served(outcome, name);
    const data = await sharp(bytes).greyscale().raw().toBuffer();
    const white = data.reduce((sum, value) => sum + (value === 255 ? 1 : 0), 0);
    expect(white / data.length, name).toBeLessThanOrEqual(most);
  }
}

export async function checkChannels(outcome: Outcome, channels: number): Promise<void> {
  for (const { name } of outcome.images)
    expect((await sharp((await served(outcome, name)).bytes).metadata()).channels).toBe(channels);
}

export async function checkServedType(outcome: Outcome, type: string): Promise<void> {
  for (const { name } of outcome.images) expect((await served(outcome, name)).type).toBe(type);
}

export async function checkOriginals(outcome: Outcome): Promise<void> {
  for (const { id, name } of outcome.images) {
    const response = await outcome.server.get(`/api/images/${id}/original`);
    const file = outcome.theCase.input.find((path) => basename(path) === basename(name));
    expect(Buffer.from(await response.arrayBuffer())).toEqual(
      readCaseFile(outcome.theCase.id, file ?? name),
    );
  }
}

/** Nothing of these names lies at the root, in the data folder or the two above it. */
export async function checkNothingEscaped(
  outcome: Outcome,
  places: readonly string[],
): Promise<void> {
  const { dataDir } = outcome.server.server;
  for (const place of places) {
    if (place.startsWith("/")) expect(existsSync(place), place).toBe(false);
    const name = basename(place);
    const inside = await readdir(dataDir, { recursive: true });
    expect(inside.filter((path) => basename(path) === name)).toEqual([]);
    for (const folder of [dirname(dataDir), dirname(dirname(dataDir))])
      expect(existsSync(join(folder, name)), join(folder, name)).toBe(false);
  }
}

/** What a link in an archive points to is nowhere among what the server keeps. */
export async function checkNotServed(outcome: Outcome): Promise<void> {
  expect(outcome.images.map(({ name }) => name)).not.toContain("link.png");
  const secret = createHash("sha256").update(readFileSync("/etc/hostname")).digest("hex");
  const { dataDir } = outcome.server.server;
  for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    expect(createHash("sha256").update(bytes).digest("hex")).not.toBe(secret);
  }
}
