import { createAuthorNumber } from "@limn/shared/document";
import type { Remarks, SourceDataset } from "@limn/shared/formats";
import { randomBytes } from "node:crypto";
import type { NewAnnotation } from "../documents/document-calls.ts";
import type { Parts } from "../parts.ts";
import type { Place } from "./place-images.ts";
import { objectId, toAnnotation, withoutKnown } from "./source-objects.ts";

interface Options {
  readonly jobId: string;
  readonly userId: string;
  readonly mode: "append" | "merge" | "replace";
  readonly dryRun: boolean;
  /** By name in NFC. */
  readonly classIds: ReadonlyMap<string, string>;
  readonly remarks: Remarks;
}

/** An image of an annotation file. */
export interface Part {
  readonly dataset: SourceDataset;
  /** Among the files of the job, which may have equal names. */
  readonly datasetNumber: number;
  /** Into the images of the data set. */
  readonly index: number;
}

/** Puts the objects of annotation files onto images, all of one image in one edit. */
export function createObjectWriter(
  { store, documents }: Pick<Parts, "store" | "documents">,
  { jobId, userId, mode, dryRun, classIds, remarks }: Options,
) {
  // All that a job writes has one author.
  const author = createAuthorNumber(() => randomBytes(4).readUInt32LE() / 2 ** 32);
  let present = 0;
  let replaced = 0;

  async function read(place: Place, parts: readonly Part[]): Promise<NewAnnotation[]> {
    const annotations: NewAnnotation[] = [];
    for (const { dataset, datasetNumber, index } of parts) {
      const stated = dataset.images[index]?.size ?? null;
      if (stated !== null && (stated.width !== place.width || stated.height !== place.height))
        remarks.about(
          "Image",
          place.path,
          `its size is ${stated.width} x ${stated.height} in the file and ${place.width} x ${place.height} in truth; coordinates were taken as they are.`,
        );
      for (const object of await dataset.readObjects(index, place)) {
        const name = dataset.classes[object.classIndex]?.normalize("NFC") ?? "";
        const classId = classIds.get(name);
        if (classId === undefined) throw new Error(`The class "${name}" was not made.`);
        annotations.push(
          toAnnotation(object, objectId(jobId, datasetNumber, object.position), classId),
        );
      }
    }
    return annotations;
  }

  return {
    /** How many objects were added, or would be. */
    async write(place: Place, parts: readonly Part[]): Promise<number> {
      let annotations = await read(place, parts);
      const { imageId } = place;
      if (imageId === null) return annotations.length;
      const image = { id: imageId, width: place.width, height: place.height };
      if (mode !== "append") {
        const known = await documents.readAnnotations(image);
        const mine = new Set(annotations.map(({ id }) => id));
        if (mode === "replace") replaced += known.filter(({ id }) => !mine.has(id)).length;
        else {
          const fresh = withoutKnown(annotations, known);
          present += annotations.length - fresh.length;
          annotations = fresh;
        }
      }
      const instead = mode === "replace";
      if (dryRun || (annotations.length === 0 && !instead)) return annotations.length;
      // Deleted since the import began.
      const row = await store.images.find(imageId);
      if (row === undefined || row.deletedAt !== null) {
        remarks.about(
          "Image",
          place.path,
          "it was deleted meanwhile, so that its objects were left out.",
        );
        return 0;
      }
      await documents.addAnnotations(image, userId, annotations, { author, instead });
      return annotations.length;
    },

    /** Remarks on all of it. */
    finish(): void {
      const were = (count: number): string => `${count} object${count === 1 ? " was" : "s were"}`;
      if (present > 0) remarks.add(`${were(present)} there already and not added again.`);
      if (replaced > 0)
        remarks.add(
          dryRun
            ? `${replaced} object${replaced === 1 ? " that is" : "s that are"} there now would be deleted.`
            : `${were(replaced)} there before and deleted.`,
        );
    },
  };
}
