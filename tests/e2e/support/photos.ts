import type { ApiPerson } from "./api.ts";

export interface Photo {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** A project with the class "pizza" and photos of the sample project, by name. */
export async function makePhotoProject(
  person: ApiPerson,
  photos: readonly string[],
): Promise<{ projectId: string; images: readonly Photo[] }> {
  const { id: projectId } = (await person.send("POST", "/api/projects", { name: "Food" })) as {
    id: string;
  };
  const project = `/api/projects/${projectId}`;
  await person.send("POST", `${project}/classes`, { name: "pizza" });
  const files = photos.map((photo) => `apps/server/samples/${photo}`);
  await person.upload(`${project}/images`, files);
  const { items } = (await person.get(`${project}/images?sort=name`)) as { items: Photo[] };
  return { projectId, images: items };
}
