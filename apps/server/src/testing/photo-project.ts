import { readdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { api, type Rle } from "@limn/shared/api";
import { bitmaskBounds, bitmaskFromRle } from "@limn/shared/raster";
import { expect } from "vitest";
import { bringModel, tinyFiles } from "./bring-models.ts";
import { uploadPhoto } from "./pictures.ts";
import { buildTestProject } from "./test-project.ts";

export type PhotoProject = Awaited<ReturnType<typeof buildPhotoProject>>;

/** On the photo, of 640 x 461 pixels. */
export const PHOTO_BOX: [number, number, number, number] = [100, 80, 300, 200];

/** A project with one photo, whose networks are brought, chosen and asked; the server listens on `port`. */
export async function buildPhotoProject() {
  const project = await buildTestProject();
  const { owner, parts, projectId } = project;
  await project.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = project.app.server.address() as AddressInfo;
  const imageId = await uploadPhoto(owner, projectId, "pizza-table.jpg");
  const sha256 = (await parts.store.images.find(imageId))?.sha256 ?? "";
  const params = { projectId };
  return {
    ...project,
    port,
    imageId,
    sha256,
    params,
    list: () => owner.call(api.listModels, { params }),
    choose: (model: string) => owner.call(api.chooseModel, { params, body: { model } }),
    ask: (body: object = {}) =>
      owner.call(api.segment, { params: { imageId }, body: { box: PHOTO_BOX, ...body } }),
    /** By the names of its files. */
    bring: (
      names: readonly string[],
      fields: Readonly<Record<string, string>> = {},
      actor = owner,
      into = projectId,
    ) => bringModel(actor, into, tinyFiles(names), fields),
    /** What encoders made of a picture. */
    embeddingsOf: (picture = sha256) =>
      parts.blobs.list(`derived/${picture.slice(0, 2)}/${picture}/embeddings`),
    /** What is stored of networks that were brought. */
    uploads: () => parts.blobs.list(`models/${projectId}`),
    leftInWork: () => readdir(join(project.dataDir, "work")),
  };
}

/** The tiny networks give what lies in the box, to a cell of their grid. */
export function expectBox(rle: Rle): void {
  const bounds = bitmaskBounds(bitmaskFromRle(rle));
  expect(Math.abs((bounds?.left ?? 0) - 100)).toBeLessThan(6);
  expect(Math.abs((bounds?.right ?? 0) - 400)).toBeLessThan(6);
  expect(Math.abs((bounds?.top ?? 0) - 80)).toBeLessThan(6);
  expect(Math.abs((bounds?.bottom ?? 0) - 280)).toBeLessThan(6);
}
