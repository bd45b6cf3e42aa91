import { createReadStream } from "node:fs";
import { ApiError } from "@limn/shared/api";
import { createRemarks, findFormat, type Remarks } from "@limn/shared/formats";
import sharp from "sharp";
import { z } from "zod";
import { checkPath } from "../images/paths.ts";
import type { JobContext, JobHandler, JobOutcome } from "../jobs/jobs.ts";
import type { Parts } from "../parts.ts";
import type { ImageRow } from "../store/index.ts";
import { openExportDataset } from "./export-dataset.ts";
import { encodeText, packArchive, type PackedFile } from "./write-archive.ts";

/** What a route asks for; it has been checked there. */
export const exportPayload = z.object({
  format: z.string(),
  withImages: z.boolean(),
  state: z.string().nullable(),
  classId: z.string().nullable(),
  images: z.array(z.string()).nullable(),
});
export type ExportPayload = z.infer<typeof exportPayload>;

type Used = Pick<Parts, "store" | "documents" | "pictures" | "blobs" | "now">;

/** Writes one file into the blob store: the annotation file alone, or a ZIP of it and the pictures. */
export function createExportJob(parts: Used): JobHandler {
  const { store, documents, pictures, blobs, now } = parts;

  return async ({ id, projectId, payload, signal, progress }: JobContext): Promise<JobOutcome> => {
    const request = exportPayload.parse(payload);
    const format = findFormat(request.format);
    const project = await store.projects.find(projectId);
    if (format === undefined || project === undefined)
      throw new ApiError("not-found", "The project or the format is not there any more.");
    const remarks = createRemarks();
    const images = await chooseImages(projectId, request, remarks);
    let done = 0;
    let objects = 0;
    // Folding documents takes longer than copying pictures.
    const share = request.withImages ? 0.7 : 1;
    const dataset = openExportDataset(documents, {
      name: project.name,
      date: now().toISOString(),
      images,
      classes: await store.classes.list(projectId),
      classId: request.classId,
      remarks,
      signal,
      onImage(image, written) {
        done++;
        objects += written;
        progress((share * done) / images.length, `Writing the objects of ${image.name}.`);
      },
    });
    const files = [...format.write(dataset, remarks)];
    const [only] = files;
    const alone = !request.withImages && files.length === 1 && only !== undefined;
    const key = `jobs/${id}/file`;
    const base = `${fileNameOf(project.name)} ${format.id}`;
    if (alone) await blobs.put(key, encodeText(only.content()));
    else {
      const packed = request.withImages
        ? packPictures(images, format.pictureFolder, remarks, (at, image) => {
            signal.throwIfAborted();
            progress(share + ((1 - share) * at) / images.length, `Packing ${image.name}.`);
          })
        : [];
      await blobs.put(key, packArchive(files, packed));
    }
    signal.throwIfAborted();
    return {
      message: `Exported ${countOf(objects, "object")} of ${countOf(images.length, "image")}.`,
      receipt: {
        images: images.length,
        objects,
        classes: dataset.classes.length,
        warnings: remarks.list(),
        files: files.map(({ path }) => ({ name: path, status: "written" })),
      },
      file: alone
        ? { key, name: `${base}.json`, mediaType: only.mediaType }
        : { key, name: `${base}.zip`, mediaType: "application/zip" },
    };
  };

  async function chooseImages(
    projectId: string,
    { state, images: ids }: ExportPayload,
    remarks: Remarks,
  ): Promise<ImageRow[]> {
    const wanted = ids === null ? null : new Set(ids);
    const all = (await store.images.listOfProject(projectId)).filter(
      (image) => image.deletedAt === null,
    );
    const chosen = all
      .filter((image) => state === null || image.state === state)
      .filter((image) => wanted === null || wanted.has(image.id))
      .toSorted((a, b) => (a.sortKey < b.sortKey ? -1 : a.sortKey > b.sortKey ? 1 : 0));
    const here = new Set(all.map((image) => image.id));
    const missing = (ids ?? []).filter((id) => !here.has(id)).length;
    if (missing > 0)
      remarks.add(
        `${countOf(missing, "image")} of the filter ${missing === 1 ? "is" : "are"} not in the project.`,
      );
    return chosen;
  }

  function* packPictures(
    images: readonly ImageRow[],
    folder: string,
    remarks: Remarks,
    onPicture: (at: number, image: ImageRow) => void,
  ): Generator<PackedFile> {
    for (const [at, image] of images.entries()) {
      // Checked when the image came in; an archive is unpacked by programs that check nothing.
      const path = checkPath(image.name);
      if (!path.ok) {
        remarks.about("Image", image.name, `its picture was left out. ${path.sentence}`);
        continue;
      }
      yield {
        path: `${folder}/${path.path}`,
        async open() {
          onPicture(at, image);
          const file = await pictures.originalAsFile(image);
          if (file === null)
            throw new ApiError(
              "gone",
              `The picture of ${image.name} is missing on the server: tell whoever runs it.`,
            );
          if (await isTurned(file.path))
            remarks.about(
              "Image",
              image.name,
              "its file is to be turned when shown (EXIF orientation); coordinates refer to the upright picture.",
            );
          const stream = createReadStream(file.path);
          stream.on("close", () => void file.release());
          return stream;
        },
      };
    }
  }
}

/** Programs that do not look at the orientation would put the objects beside what they show. */
async function isTurned(path: string): Promise<boolean> {
  const { orientation = 1 } = await sharp(path, { limitInputPixels: false }).metadata();
  return orientation > 1;
}

function countOf(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** Letters, digits and a few signs: a name that every system takes. */
function fileNameOf(name: string): string {
  const clean = name.replaceAll(/[^\p{L}\p{N}._ -]/gu, "_").replace(/^[. ]+/, "");
  return clean.trim().slice(0, 80) || "project";
}
