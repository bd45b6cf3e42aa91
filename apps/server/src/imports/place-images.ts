import type { Remarks, SourceDataset } from "@limn/shared/formats";
import type { Intake, IntakeContext } from "../images/intake.ts";
import { checkPath, pathKey } from "../images/paths.ts";
import { matchPaths, type PathMatch } from "./match-paths.ts";
import type { FileNote, Sources } from "./open-sources.ts";

/** An image of the project, or one that a preview would make. */
export interface Place {
  /** Null: it would be made. */
  readonly imageId: string | null;
  readonly path: string;
  readonly width: number;
  readonly height: number;
}

export interface Placed {
  /** By path (in NFC) as the annotation files write it. */
  readonly places: ReadonlyMap<string, Place>;
  readonly files: readonly FileNote[];
  /** Ids of new images; as many nulls in a preview. */
  readonly created: readonly (string | null)[];
}

interface Options {
  readonly sources: Sources;
  readonly datasets: readonly SourceDataset[];
  /** Images of the project outside the bin, before the import. */
  readonly known: readonly {
    readonly id: string;
    readonly name: string;
    readonly width: number;
    readonly height: number;
  }[];
  readonly intake: Intake;
  readonly context: IntakeContext;
  readonly remarks: Remarks;
  readonly onPicture: (done: number, path: string) => void;
}

/**
 * Takes in the pictures that came along, under the paths by which the annotation files call them, and finds for every
 * image of those files the image of the project that it is.
 */
export async function placeImages(options: Options): Promise<Placed> {
  const { sources, datasets, known, intake, context, remarks, onPicture } = options;
  const wanted = new Map<string, string>();
  for (const { path } of datasets.flatMap(({ images }) => images)) {
    const key = pathKey(path);
    if (!wanted.has(key)) wanted.set(key, path);
  }
  const paths = [...wanted.values()];
  const inProject = matchPaths(
    paths,
    known.map(({ name }) => name),
  );
  const sent = matchPaths(paths, sources.pictures);
  const isKnown = (i: number): boolean => inProject.matches[i]?.closeness === "same";
  // A picture that is there under this very path goes before one that was sent and has a like name only.
  const bySent = sent.matches.map((match, i) =>
    match !== null && isLoose(match) && isKnown(i) ? null : match,
  );
  const targets = chooseTargets(sources.pictures, paths, bySent);

  const files: FileNote[] = [];
  const taken = new Map<number, Place>();
  const created: (string | null)[] = [];
  let done = 0;
  const damaged = await sources.forEachPicture(async (index, file) => {
    const target = targets[index] ?? sources.pictures[index] ?? "";
    onPicture(done++, target);
    const [result] = await intake.add(context, target, file);
    if (result === undefined) return;
    const { status, reason, imageId, size } = result;
    files.push({ name: result.name, status, ...(reason === undefined ? {} : { reason }) });
    if (status === "created") created.push(imageId ?? null);
    if (size !== undefined)
      taken.set(index, { imageId: imageId ?? null, path: result.name, ...size });
  });
  files.push(...damaged);

  const places = new Map<string, Place>();
  for (const [i, [key, path]] of [...wanted].entries()) {
    const match = bySent[i] ?? null;
    // A picture that was sent for it and refused is not replaced by another one of a like name.
    const place =
      match === null
        ? findKnown(inProject.matches[i] ?? null, known)
        : (taken.get(match.candidate) ?? null);
    if (place !== null) {
      places.set(key, place);
      const used = match ?? inProject.matches[i];
      if (used?.closeness === "name")
        remarks.about("Image", path, `it was found by its name alone, as no folder agrees.`);
      continue;
    }
    const isAmbiguous = sent.ambiguous.includes(i) || inProject.ambiguous.includes(i);
    remarks.about(
      "Image",
      path,
      match !== null
        ? "its picture was refused, so that its objects were left out."
        : isAmbiguous
          ? "several pictures could be meant, so that its objects were left out: give the path with its folders."
          : "there is no such picture in the project or among the files, so that its objects were left out.",
    );
  }
  return { places, files, created };
}

function isLoose({ closeness }: PathMatch): boolean {
  return closeness === "shallower" || closeness === "name";
}

function findKnown(match: PathMatch | null, known: Options["known"]): Place | null {
  const image = match === null ? undefined : known[match.candidate];
  if (image === undefined) return null;
  const { id, name, width, height } = image;
  return { imageId: id, path: name, width, height };
}

/**
 * The path that each picture gets in the project: that of the annotation file, where the picture lies under it; and if
 * all of those lie in one folder more, such as `images/`, the others lose that folder too.
 */
function chooseTargets(
  pictures: readonly string[],
  wanted: readonly string[],
  matches: readonly (PathMatch | null)[],
): string[] {
  const targets = new Map<number, string>();
  const folders = new Set<string>();
  for (const [i, match] of matches.entries()) {
    const picture = match === null ? undefined : pictures[match.candidate];
    const path = wanted[i];
    if (match === null || isLoose(match) || picture === undefined || path === undefined) continue;
    if (!checkPath(path).ok) continue;
    targets.set(match.candidate, path);
    // In NFC, as the two may be composed differently.
    const key = pathKey(picture);
    folders.add(key.slice(0, key.length - pathKey(path).length));
  }
  const [folder = ""] = folders.size === 1 ? folders : [];
  return pictures.map((picture, index) => {
    const key = pathKey(picture);
    const target = targets.get(index);
    if (target !== undefined) return target;
    return folder !== "" && key.startsWith(folder) ? key.slice(folder.length) : picture;
  });
}
