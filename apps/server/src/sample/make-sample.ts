import { createReadStream } from "node:fs";
import { createId } from "../ids.ts";
import type { Parts } from "../parts.ts";
import { pathOfSample, readSampleContent, SAMPLE_CLASSES } from "./sample-content.ts";

/** Stands where a person's id would: the sample was there before anybody. */
export const SAMPLE_AUTHOR = "sample";

type Used = Pick<
  Parts,
  "store" | "intake" | "documents" | "pictures" | "summarizer" | "live" | "now"
>;

/**
 * Makes the sample project, once in the life of an installation. Every step looks first whether it has been done, so
 * that what was interrupted (`signal`: by a stop of the server) goes on with the next start.
 */
export async function makeSample(parts: Used, signal: AbortSignal): Promise<void> {
  const { store, intake, documents, pictures, summarizer, live } = parts;
  if ((await store.settings.get("sample-done")) !== null) return;
  await store.settings.claim("sample", createId());
  const projectId = await store.settings.get("sample");
  if (projectId === null) return;
  await ensureProject(parts, projectId);
  await giveSampleToOwner(parts);
  const classes = await ensureClasses(parts, projectId);

  const content = await readSampleContent();
  for (const { file, credit } of content.photos) {
    if (signal.aborted) return;
    const received = await intake.receive(createReadStream(pathOfSample(file)));
    const [result] = await intake.add({ projectId, userId: null, credit }, file, received);
    if (result?.imageId === undefined)
      throw new Error(`The sample photo ${file} was refused: ${result?.reason}`);
    const image = await store.images.find(result.imageId);
    if (image === undefined) continue;
    const annotations = content.objects
      .filter((object) => object.photo === file)
      .map((object) => ({
        id: object.id,
        classId: classes.get(object.class) ?? "",
        rle: object.rle,
      }));
    if (annotations.length > 0) await documents.addAnnotations(image, SAMPLE_AUTHOR, annotations);
    live.publish(projectId, { type: "images-added", count: 1 });
    await pictures.prepareTiles(image);
  }
  if (signal.aborted) return;
  await summarizer.flush();
  await store.settings.claim("sample-done", parts.now().toISOString());
}

async function ensureProject({ store, now }: Used, id: string): Promise<void> {
  if ((await store.projects.find(id)) !== undefined) return;
  const time = now().toISOString();
  await store.projects.insert(
    {
      id,
      name: "Sample project",
      description:
        "Photos to try everything on, some with finished objects. Each image names who made it.",
      sample: 1,
      createdBy: null,
      createdAt: time,
      model: null,
      lastActivityAt: time,
      deletedAt: null,
    },
    null,
  );
}

async function ensureClasses(
  { store, now }: Used,
  projectId: string,
): Promise<Map<string, string>> {
  const ids = new Map((await store.classes.list(projectId)).map((row) => [row.name, row.id]));
  for (const [place, [name, color]] of SAMPLE_CLASSES.entries()) {
    if (ids.has(name)) continue;
    const id = createId();
    await store.classes.insert({
      id,
      projectId,
      name,
      color,
      kind: "any",
      place,
      createdAt: now().toISOString(),
      removedAt: null,
    });
    ids.set(name, id);
  }
  return ids;
}

/** The owner is its lead, whichever of the two was there first. */
export async function giveSampleToOwner({
  store,
  now,
}: Pick<Parts, "store" | "now">): Promise<void> {
  const projectId = await store.settings.get("sample");
  const owner = await store.people.findOwner();
  if (projectId === null || owner === undefined) return;
  if ((await store.projects.find(projectId)) === undefined) return;
  await store.members.insert({
    projectId,
    userId: owner.id,
    role: "lead",
    createdAt: now().toISOString(),
  });
}
