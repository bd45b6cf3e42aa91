import { z } from "zod";
import { image } from "./images.ts";
import { job } from "./jobs.ts";
import { color, id } from "./people.ts";
import { annotationClass, project } from "./projects.ts";

/** One person on one image; a person with two tabs is there once. */
export const place = z.object({ userId: id, name: z.string(), color, imageId: id });
export type Place = z.infer<typeof place>;

/** What `/api/projects/:projectId/live` sends, one JSON text per message. */
export const liveMessage = z.discriminatedUnion("type", [
  /** All places, at the start and whenever somebody comes or goes. */
  z.object({ type: z.literal("places"), places: z.array(place) }),
  z.object({ type: z.literal("image"), image }),
  z.object({ type: z.literal("image-removed"), imageId: id }),
  z.object({ type: z.literal("images-added"), count: z.number().int() }),
  z.object({ type: z.literal("classes"), classes: z.array(annotationClass) }),
  z.object({ type: z.literal("project"), project: project.pick({ id: true, name: true }) }),
  /** The receiver's own rights changed: ask again for the project. */
  z.object({ type: z.literal("rights"), role: z.string().nullable() }),
  z.object({ type: z.literal("members") }),
  /** Networks came or went, or another one was chosen: ask again. */
  z.object({ type: z.literal("models") }),
  z.object({ type: z.literal("job"), job }),
]);
export type LiveMessage = z.infer<typeof liveMessage>;
