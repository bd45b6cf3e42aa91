import { readFileSync } from "node:fs";
import sharp from "sharp";
import { expect } from "vitest";
import type { Actor } from "./test-app.ts";
import { type FilePart, uploadFiles } from "./upload.ts";

/** A PNG of one colour. */
export function paintSolid(width: number, height: number, background: string): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

async function uploadOne(actor: Actor, projectId: string, file: FilePart): Promise<string> {
  const [result] = await uploadFiles(actor, projectId, [file]);
  if (result?.image === undefined) throw new Error(result?.reason ?? "nothing was uploaded");
  return result.image.id;
}

let shade = 0;

/** Uploads a new picture under a name; answers the image's id. */
export async function uploadPicture(
  actor: Actor,
  projectId: string,
  name: string,
  width = 40,
  height = 30,
): Promise<string> {
  shade++;
  const color = `#${(0x204060 + shade).toString(16)}`;
  return uploadOne(actor, projectId, { name, bytes: await paintSolid(width, height, color) });
}

/** Uploads a photo of the sample project; answers the image's id. */
export async function uploadPhoto(actor: Actor, projectId: string, photo: string): Promise<string> {
  const bytes = readFileSync(new URL(`../../samples/${photo}`, import.meta.url));
  return uploadOne(actor, projectId, { name: photo, bytes });
}

/** One of the files that an image is served with: `file`, `original`, `thumbnail`, `tiles/…`. */
export async function readBytes(
  actor: Actor,
  imageId: string,
  what: string,
): Promise<{ type: string; bytes: Buffer }> {
  const response = await actor.inject({ method: "GET", url: `/api/images/${imageId}/${what}` });
  expect(response.statusCode).toBe(200);
  return { type: String(response.headers["content-type"]), bytes: response.rawPayload };
}
