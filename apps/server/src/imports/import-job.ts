import { ApiError, type Receipt } from "@limn/shared/api";
import {
  createRemarks,
  findFormat,
  type Format,
  FORMATS,
  type Remarks,
  type SourceDataset,
} from "@limn/shared/formats";
import { z } from "zod";
import { pathKey } from "../images/paths.ts";
import type { JobContext, JobHandler, JobOutcome } from "../jobs/jobs.ts";
import type { Parts } from "../parts.ts";
import { ensureClasses } from "./ensure-classes.ts";
import { type FileNote, openSources, type Sources } from "./open-sources.ts";
import { placeImages } from "./place-images.ts";
import { createObjectWriter, type Part } from "./write-objects.ts";

export const IMPORT_MODES = ["append", "merge", "replace"] as const;

/** What a route asks for; it has been checked there. */
export const importPayload = z.object({
  format: z.string(),
  mode: z.enum(IMPORT_MODES),
  dryRun: z.boolean(),
  files: z.array(z.object({ name: z.string(), key: z.string() })),
});
export type ImportPayload = z.infer<typeof importPayload>;

/** Of what is listed in a receipt; the rest is counted. */
const MOST_LISTED = 1000;

type Used = Pick<
  Parts,
  "store" | "blobs" | "intake" | "documents" | "pictures" | "live" | "log" | "now"
>;

/** Reads what came, takes in pictures, makes classes, adds objects; a dry run does all of it but the writing. */
export function createImportJob(parts: Used): JobHandler {
  const { store, blobs, intake } = parts;

  return async (context: JobContext): Promise<JobOutcome> => {
    const payload = importPayload.parse(context.payload);
    const { signal } = context;
    const { limits, workFolder } = intake;
    context.progress(0, "Looking through the files.");
    const sources = await openSources(payload.files, { blobs, workFolder, limits, signal });
    try {
      return await carryOut(context, payload, sources);
    } finally {
      await sources.close();
    }
  };

  async function carryOut(
    context: JobContext,
    payload: ImportPayload,
    sources: Sources,
  ): Promise<JobOutcome> {
    const { id, projectId, createdBy, signal, progress } = context;
    const { mode, dryRun } = payload;
    const remarks = createRemarks();
    const { datasets, files } = await readTexts(payload.format, sources, remarks);
    signal.throwIfAborted();
    if (datasets.length === 0 && sources.pictures.length === 0)
      return {
        message: "Nothing was imported: no file could be used.",
        receipt: close(0, 0, 0, remarks, [...sources.refused, ...files]),
      };

    const known = (await store.images.listOfProject(projectId)).filter(
      (image) => image.deletedAt === null,
    );
    const hasObjects = datasets.length > 0;
    const placed = await placeImages({
      sources,
      datasets,
      known,
      intake,
      context: { projectId, userId: createdBy, preview: dryRun },
      remarks,
      onPicture: (done, path) =>
        progress(
          0.05 + ((hasObjects ? 0.45 : 0.95) * done) / sources.pictures.length,
          `Taking in ${path}.`,
        ),
    });
    signal.throwIfAborted();
    if (!dryRun) await tellOfImages(projectId, placed.created);

    const classes = await ensureClasses(
      parts,
      projectId,
      datasets.flatMap((dataset) => dataset.classes),
      remarks,
      dryRun,
    );
    const writer = createObjectWriter(parts, {
      jobId: id,
      userId: createdBy,
      mode,
      dryRun,
      classIds: classes.ids,
      remarks,
    });
    const images = groupByImage(datasets, (path) => placed.places.get(pathKey(path)));
    let done = 0;
    let objects = 0;
    for (const { place, parts: those } of images) {
      signal.throwIfAborted();
      progress(0.5 + (0.5 * done++) / images.length, `Adding objects to ${place.path}.`);
      objects += await writer.write(place, those);
    }
    writer.finish();
    const touched = new Set(images.map(({ place }) => place.path)).size;
    const count = Math.max(touched, placed.created.length);
    return {
      message: sentence(dryRun, objects, count, placed.created.length, classes.created),
      receipt: close(count, objects, classes.ids.size, remarks, [
        ...sources.refused,
        ...files,
        ...placed.files,
      ]),
    };
  }

  async function readTexts(
    wanted: string,
    sources: Sources,
    remarks: Remarks,
  ): Promise<{ datasets: SourceDataset[]; files: FileNote[] }> {
    const chosen = wanted === "auto" ? undefined : findFormat(wanted);
    if (wanted !== "auto" && chosen === undefined)
      throw new ApiError("unprocessable", `There is no format "${wanted}" any more.`);
    const datasets: SourceDataset[] = [];
    const files: FileNote[] = [];
    let left = sources.texts;
    for (const format of chosen === undefined ? FORMATS : [chosen]) {
      const mine = await format.detect(left);
      left = left.filter((file) => !mine.includes(file));
      const read = await format.read(mine, remarks);
      datasets.push(...read.datasets);
      for (const { path, status, reason } of read.files)
        files.push({ name: path, status, ...(reason === undefined ? {} : { reason }) });
    }
    for (const { path } of left)
      files.push({ name: path, status: "refused", reason: unknownFormat(chosen) });
    return { datasets, files };
  }

  async function tellOfImages(
    projectId: string,
    created: readonly (string | null)[],
  ): Promise<void> {
    if (created.length === 0) return;
    await store.projects.update(projectId, { lastActivityAt: parts.now().toISOString() });
    parts.live.publish(projectId, { type: "images-added", count: created.length });
    for (const id of created) {
      const row = id === null ? undefined : await store.images.find(id);
      if (row === undefined) continue;
      // Made before anybody opens the picture; nobody waits for it here.
      parts.pictures
        .prepareTiles(row)
        .catch((error: unknown) => parts.log.debug({ err: error }, "tiles were not made ahead"));
    }
  }
}

function unknownFormat(chosen: Format | undefined): string {
  return chosen === undefined
    ? `This is not in a format that can be read here (${FORMATS.map(({ label }) => label).join(", ")}).`
    : `This is not ${chosen.label}: choose another format, or export the file again.`;
}

/** Several annotation files may speak of one image, which is then written once. */
function groupByImage<P extends { readonly path: string }>(
  datasets: readonly SourceDataset[],
  placeOf: (path: string) => P | undefined,
): { readonly place: P; readonly parts: Part[] }[] {
  const groups = new Map<string, { place: P; parts: Part[] }>();
  for (const [datasetNumber, dataset] of datasets.entries())
    for (const [index, { path }] of dataset.images.entries()) {
      const place = placeOf(path);
      if (place === undefined) continue;
      const group = groups.get(place.path) ?? { place, parts: [] };
      group.parts.push({ dataset, datasetNumber, index });
      groups.set(place.path, group);
    }
  return [...groups.values()];
}

function close(
  images: number,
  objects: number,
  classes: number,
  remarks: Remarks,
  files: readonly FileNote[],
): Receipt {
  const warnings = cut(remarks.list(), (rest) => `${rest} more remarks are not listed.`);
  const refusedFirst = files.toSorted(
    (a, b) => Number(b.status === "refused") - Number(a.status === "refused"),
  );
  if (files.length > MOST_LISTED)
    warnings.push(`${files.length - MOST_LISTED} more files are not listed.`);
  return {
    images,
    objects,
    classes,
    warnings,
    files: refusedFirst.slice(0, MOST_LISTED),
  };
}

function cut(list: readonly string[], rest: (count: number) => string): string[] {
  return list.length <= MOST_LISTED
    ? [...list]
    : [...list.slice(0, MOST_LISTED), rest(list.length - MOST_LISTED)];
}

function sentence(
  dryRun: boolean,
  objects: number,
  images: number,
  newImages: number,
  newClasses: number,
): string {
  const n = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
  const classes = `${newClasses} new ${newClasses === 1 ? "class" : "classes"}`;
  const facts = `${n(objects, "object")} on ${n(images, "image")}; ${n(newImages, "new image")}, ${classes}.`;
  return dryRun ? `Nothing was written. An import would add ${facts}` : `Imported ${facts}`;
}
