import { api, type ApiAnnotation } from "@limn/shared/api";
import type { Actor } from "./test-app.ts";

/* What is in a project, as the API lists it. */

export const imagesOf = async (actor: Actor, projectId: string) =>
  (await actor.call(api.listImages, { params: { projectId }, query: {} })).items;

export const classesOf = async (actor: Actor, projectId: string) =>
  (await actor.call(api.listClasses, { params: { projectId } })).items;

/** Objects of every image by its name. */
export async function objectsOf(
  actor: Actor,
  projectId: string,
): Promise<Record<string, ApiAnnotation[]>> {
  const all: Record<string, ApiAnnotation[]> = {};
  for (const { id, name } of await imagesOf(actor, projectId))
    all[name] = (await actor.call(api.listAnnotations, { params: { imageId: id } })).items;
  return all;
}

export const countsOf = async (actor: Actor, projectId: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(await objectsOf(actor, projectId)).map(([name, objects]) => [
      name,
      objects.length,
    ]),
  );
