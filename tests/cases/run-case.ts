import { api, type ApiAnnotation, type Image, type Job, type UploadResult } from "@limn/shared/api";
import { bitmaskFromRle, type Bitmask, fillRings, ringsPixelBox } from "@limn/shared/raster";
import { readZip } from "../../apps/server/src/testing/zip.ts";
import { type Case, readCaseFile } from "./case-files.ts";
import type { CaseServer, NamedBytes } from "./case-server.ts";

/** An object as the server shows it, with its pixels. */
export interface SeenObject {
  readonly image: string;
  readonly class: string;
  readonly annotation: ApiAnnotation;
  readonly mask: Bitmask;
}

/** What came of one case: everything that its expectations are compared with. */
export interface Outcome {
  readonly theCase: Case;
  readonly server: CaseServer;
  readonly projectId: string;
  readonly images: readonly Image[];
  readonly objects: readonly SeenObject[];
  /** Names in order. */
  readonly classes: readonly string[];
  /** Of files that were refused, by name as it was given. */
  readonly refusals: readonly { readonly name: string; readonly reason: string }[];
  readonly warnings: readonly string[];
  readonly seconds: number;
  readonly extraMemoryMib: number;
  /** The COCO file alone, parsed. */
  exported(): Promise<CocoFile>;
  /** The archive with pictures, by entry name. */
  archive(): Promise<ReadonlyMap<string, Buffer>>;
  /** The archive imported into a new project. */
  roundtrip(): Promise<readonly SeenObject[]>;
}

export interface CocoFile {
  readonly images: readonly { id: number; file_name: string; width: number; height: number }[];
  readonly annotations: readonly {
    id: number;
    image_id: number;
    category_id: number;
    segmentation: number[][] | { size: [number, number]; counts: string };
    area: number;
    bbox: [number, number, number, number];
    iscrowd: number;
  }[];
  readonly categories: readonly { id: number; name: string }[];
}

export async function runCase(
  server: CaseServer,
  theCase: Case,
  input: readonly NamedBytes[] = theCase.input.map((name) => ({
    name,
    bytes: readCaseFile(theCase.id, name),
  })),
): Promise<Outcome> {
  const projectId = await makeProject(server, theCase.id);
  const memory = watchMemory();
  const begun = performance.now();
  const upload = theCase.kind === "upload" ? await server.upload(projectId, input) : null;
  const job = upload === null ? await server.importFiles(projectId, input) : null;
  const seconds = (performance.now() - begun) / 1000;
  const { images, objects, classes } = await look(server, projectId);
  let alone: Promise<CocoFile> | undefined;
  let archive: Promise<Map<string, Buffer>> | undefined;
  const readArchive = (): Promise<Map<string, Buffer>> =>
    (archive ??= server.exportFile(projectId, true).then(({ bytes }) => readZip(bytes)));
  return {
    theCase,
    server,
    projectId,
    images,
    objects,
    classes,
    refusals: [...refusalsOf(upload, job)],
    warnings: job?.receipt?.warnings ?? [],
    seconds,
    extraMemoryMib: memory.stop(),
    exported: () =>
      (alone ??= server
        .exportFile(projectId, false)
        .then(({ bytes }) => JSON.parse(bytes.toString()) as CocoFile)),
    archive: readArchive,
    async roundtrip() {
      const { bytes } = await server.exportFile(projectId, true);
      const again = await makeProject(server, `${theCase.id} again`);
      const second = await server.importFiles(again, [{ name: "again.zip", bytes }]);
      if (second.state !== "done") throw new Error(second.message);
      return (await look(server, again)).objects;
    },
  };
}

async function makeProject(server: CaseServer, name: string): Promise<string> {
  return (await server.call(api.createProject, { body: { name } })).id;
}

function* refusalsOf(upload: UploadResult[] | null, job: Job | null) {
  for (const { name, status, reason } of [...(upload ?? []), ...(job?.receipt?.files ?? [])])
    if (status === "refused") yield { name, reason: reason ?? "" };
  if (job !== null && job.state !== "done") yield { name: "the import", reason: job.message };
}

async function look(server: CaseServer, projectId: string) {
  const params = { projectId };
  const classes = (await server.call(api.listClasses, { params })).items;
  const names = new Map(classes.map(({ id, name }) => [id, name]));
  const images = (await server.call(api.listImages, { params, query: { limit: 200 } })).items;
  const objects: SeenObject[] = [];
  for (const image of images) {
    const { items } = await server.call(api.listAnnotations, { params: { imageId: image.id } });
    for (const annotation of items)
      objects.push({
        image: image.name,
        class: names.get(annotation.classId) ?? "?",
        annotation,
        mask: pixelsOf(annotation, image),
      });
  }
  return { images, objects, classes: classes.map(({ name }) => name) };
}

/** By the centre rule. */
export function pixelsOf(
  { rle, rings, bbox }: Pick<ApiAnnotation, "rle" | "rings" | "bbox">,
  size: { width: number; height: number },
): Bitmask {
  if (rle !== undefined) return bitmaskFromRle(rle);
  const [x, y, w, h] = bbox;
  const outline = rings ?? [[x, y, x + w, y, x + w, y + h, x, y + h]];
  return fillRings(outline, "union", ringsPixelBox(outline, size));
}

/** The most that the process took beyond what it took at the start. */
function watchMemory() {
  const before = process.memoryUsage.rss();
  let most = before;
  const measure = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(measure, 20);
  return {
    stop(): number {
      clearInterval(timer);
      measure();
      return (most - before) / 2 ** 20;
    },
  };
}
