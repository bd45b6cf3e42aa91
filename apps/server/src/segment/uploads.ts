import { ApiError, type Model } from "@limn/shared/api";
import type { Box } from "@limn/shared/geometry";
import type { Parts } from "../parts.ts";
import { createId } from "../ids.ts";
import type { SpooledFile } from "../images/spool.ts";
import type { ImageRow, ModelRow } from "../store/index.ts";
import { openPicture } from "./embeddings.ts";
import { uploadFolder, type UploadedFiles } from "./model-files.ts";
import type { ModelRole } from "./probe.ts";

/** Of one file. */
export const MOST_MODEL_BYTES = 200 * 2 ** 20;
/** Images that are looked at for an object to try the network on. */
const LOOKED_AT = 200;

export interface GivenFile {
  readonly name: string;
  readonly file: SpooledFile;
}

type Used = Pick<
  Parts,
  "store" | "blobs" | "pictures" | "documents" | "models" | "segmenter" | "live" | "now"
>;

export const trialKey = (projectId: string, modelId: string): string =>
  `${uploadFolder(projectId, modelId)}/trial.webp`;

/** Networks that people bring: tried, then offered to their project. */
export function createUploadedModels(parts: Used) {
  const { store, blobs, pictures, documents, models, segmenter, live, now } = parts;

  /** An image of the project to try a network on, and the box of its largest mask or polygon, or else the middle. */
  async function chooseQuestion(projectId: string): Promise<{ image: ImageRow; box: Box }> {
    const images = (await store.images.listOfProject(projectId))
      .filter(({ deletedAt }) => deletedAt === null)
      .toSorted((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
      .slice(0, LOOKED_AT);
    for (const image of images) {
      const objects = await documents.readAnnotations(image);
      const outlined = objects.filter(({ shape }) => shape !== "box");
      const [largest] = outlined.toSorted((a, b) => b.bbox[2] * b.bbox[3] - a.bbox[2] * a.bbox[3]);
      if (!largest) continue;
      const [x, y, width, height] = largest.bbox;
      if (width >= 1 && height >= 1) return { image, box: { x, y, width, height } };
    }
    const [image] = images;
    if (!image)
      throw new ApiError(
        "unprocessable",
        "A network is tried on an image of the project, which has none yet: upload one first.",
      );
    const { width, height } = image;
    return { image, box: { x: width / 4, y: height / 4, width: width / 2, height: height / 2 } };
  }

  async function keep(
    row: ModelRow,
    files: Partial<Record<ModelRole, GivenFile>>,
    shown: Uint8Array,
  ): Promise<void> {
    const folder = uploadFolder(row.projectId, row.id);
    try {
      for (const [role, given] of Object.entries(files))
        await blobs.adopt(`${folder}/${role}.onnx`, given.file.path);
      await blobs.put(trialKey(row.projectId, row.id), shown);
      await store.models.insert(row);
    } catch (error) {
      await blobs.delete(folder);
      throw error;
    }
  }

  return {
    /** Tries the files on an image of the project; what passes is offered. @throws ApiError; nothing is kept then */
    async take(
      projectId: string,
      userId: string,
      given: readonly GivenFile[],
      name: string,
    ): Promise<Model> {
      const { image, box } = await chooseQuestion(projectId);
      const picture = await openPicture(pictures, image);
      const files = given.map(({ name: fileName, file }) => ({ name: fileName, path: file.path }));
      const trial = await segmenter
        .tryOut({ files, picture: picture.ref, box })
        .finally(() => picture.release());
      const id = createId();
      const byRole: Partial<Record<ModelRole, GivenFile>> = {};
      const described: Record<string, unknown> = {};
      for (const [role, { path }] of Object.entries(trial.files) as [
        ModelRole,
        { path: string },
      ][]) {
        const found = given.find(({ file }) => file.path === path);
        if (!found) throw new Error(`The trial named a file that was not given: ${path}.`);
        const { sha256, bytes } = found.file;
        byRole[role] = found;
        described[role] = { key: `${uploadFolder(projectId, id)}/${role}.onnx`, sha256, bytes };
      }
      const { family, architecture, ms, share, shown } = trial;
      await keep(
        {
          id,
          projectId,
          kind: "uploaded",
          name,
          family,
          layer: null,
          report: null,
          files: JSON.stringify(described satisfies Partial<UploadedFiles>),
          trial: JSON.stringify({
            ms: Math.round(ms),
            image: { id: image.id, name: image.name },
            share,
            architecture,
          } satisfies NonNullable<Model["trial"]>),
          createdBy: userId,
          createdAt: now().toISOString(),
        },
        byRole,
        shown,
      );
      live.publish(projectId, { type: "models" });
      const listed = (await models.list(projectId)).find((model) => model.id === id);
      if (!listed)
        throw new ApiError("conflict", "The network was removed at once by somebody else.");
      return listed;
    },

    /** Removes a network of a project with all that belongs to it. */
    async remove(row: ModelRow): Promise<void> {
      const model = await models.use(row.projectId, row.id);
      await store.models.delete(row);
      live.publish(row.projectId, { type: "models" });
      if (row.files === null) return;
      await segmenter.forget(await store.images.listOfProject(row.projectId), model);
      await blobs.delete(uploadFolder(row.projectId, row.id));
    },
  };
}
