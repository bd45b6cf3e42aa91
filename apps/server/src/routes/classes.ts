import { api, ApiError, type AnnotationClass } from "@limn/shared/api";
import type { FastifyInstance } from "fastify";
import { createId } from "../ids.ts";
import type { Parts } from "../parts.ts";
import { nextColor } from "../people/palette.ts";
import type { ClassWithCount } from "../store/index.ts";
import { presentClasses } from "./present.ts";
import type { Serve } from "./serve.ts";

export function serveClasses(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, live, summarizer, now } = parts;

  /** Tells everyone the classes as they are now, and answers the one at hand. */
  async function announce(projectId: string, classId: string): Promise<AnnotationClass> {
    const classes = presentClasses(await store.classes.list(projectId));
    live.publish(projectId, { type: "classes", classes });
    const one = classes.find((c) => c.id === classId);
    if (one === undefined) throw new ApiError("not-found", "There is no such class any more.");
    return one;
  }

  serve(api.listClasses, async ({ project }) => ({
    items: presentClasses(await store.classes.list(project.id)),
  }));

  serve(api.createClass, async ({ project, body }) => {
    const all = await store.classes.list(project.id);
    refuseSameName(all, body.name, null);
    const id = createId();
    await store.classes.insert({
      id,
      projectId: project.id,
      name: body.name,
      color: body.color ?? nextColor(all.filter((c) => c.removedAt === null).map((c) => c.color)),
      kind: body.kind ?? "any",
      place: Math.max(-1, ...all.map((c) => c.place)) + 1,
      createdAt: now().toISOString(),
      removedAt: null,
    });
    return announce(project.id, id);
  });

  serve(api.patchClass, async ({ project, annotationClass, body }) => {
    const { name, color, kind, order, removed } = body;
    const all = await store.classes.list(project.id);
    const stays = annotationClass.removedAt === null || removed === false;
    if (stays) refuseSameName(all, name ?? annotationClass.name, annotationClass.id);
    await store.classes.update(annotationClass.id, {
      ...(name === undefined ? {} : { name }),
      ...(color === undefined ? {} : { color }),
      ...(kind === undefined ? {} : { kind }),
      ...(removed === undefined ? {} : { removedAt: null }),
      // Nothing to change is not an error.
      place: annotationClass.place,
    });
    if (color !== undefined && color !== annotationClass.color)
      summarizer.schedule(await store.summaries.markClass(annotationClass.id));
    if (order !== undefined) {
      const ids = all.map((c) => c.id).filter((id) => id !== annotationClass.id);
      ids.splice(order, 0, annotationClass.id);
      await store.classes.reorder(ids);
    }
    return announce(project.id, annotationClass.id);
  });

  serve(api.deleteClass, async ({ project, annotationClass }) => {
    if (annotationClass.removedAt === null)
      await store.classes.update(annotationClass.id, { removedAt: now().toISOString() });
    return announce(project.id, annotationClass.id);
  });
}

/** Two classes that differ only in how their letters are composed would be one in every export. */
function refuseSameName(all: readonly ClassWithCount[], name: string, except: string | null): void {
  const key = name.normalize("NFC");
  const twin = all.find(
    (c) => c.id !== except && c.removedAt === null && c.name.normalize("NFC") === key,
  );
  if (twin !== undefined)
    throw new ApiError(
      "already-exists",
      `The project has a class "${twin.name}" already: choose another name.`,
    );
}
