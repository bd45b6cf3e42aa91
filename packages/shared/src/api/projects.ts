import { z } from "zod";
import { color, id, nothing, page, role } from "./people.ts";
import { route } from "./route.ts";
import { nameOf } from "./text.ts";

const projectName = nameOf("A project", 120);

/** States of an image; the review issue moves them, until then an image is `todo` or, once it has objects, `in-progress`. */
export const IMAGE_STATES = ["todo", "in-progress", "ready", "accepted", "returned"] as const;
export type ImageState = (typeof IMAGE_STATES)[number];

export const project = z.object({
  id,
  name: z.string(),
  description: z.string(),
  createdAt: z.string(),
  lastActivityAt: z.string(),
  sample: z.boolean(),
  /** The role of whoever asks; null for the owner who is no member. */
  role: role.nullable(),
  images: z.number().int(),
  objects: z.number().int(),
  states: z.record(z.enum(IMAGE_STATES), z.number().int()),
  /** Up to four images for the card's mosaic. */
  cover: z.array(id),
  members: z.array(z.object({ userId: id, name: z.string(), color })),
});
export type Project = z.infer<typeof project>;

const inProject = z.object({ projectId: id });

export const listProjects = route({
  method: "GET",
  path: "/api/projects",
  summary: "Projects that one takes part in (the owner: all)",
  tag: "projects",
  permission: "signed-in",
  query: z.object(page),
  reply: z.object({ items: z.array(project), next: z.string().nullable() }),
});

export const createProject = route({
  method: "POST",
  path: "/api/projects",
  summary: "Makes a project; its maker is its lead",
  tag: "projects",
  permission: "project.create",
  body: z.object({ name: projectName, description: z.string().max(2000).optional() }),
  reply: project,
  status: 201,
});

export const getProject = route({
  method: "GET",
  path: "/api/projects/:projectId",
  summary: "One project",
  tag: "projects",
  permission: "project.view",
  params: inProject,
  reply: project,
});

export const patchProject = route({
  method: "PATCH",
  path: "/api/projects/:projectId",
  summary: "Renames a project or changes its description",
  tag: "projects",
  permission: "project.edit",
  params: inProject,
  body: z.object({ name: projectName.optional(), description: z.string().max(2000).optional() }),
  reply: project,
});

export const deleteProject = route({
  method: "DELETE",
  path: "/api/projects/:projectId",
  summary: "Puts a project into the bin for 30 days",
  tag: "projects",
  permission: "project.delete",
  params: inProject,
  reply: nothing,
});

/** `kind`: how the class's objects are usually drawn; any shape is allowed. */
export const CLASS_KINDS = ["any", "mask", "polygon", "box"] as const;
export const annotationClass = z.object({
  id,
  name: z.string(),
  color,
  kind: z.enum(CLASS_KINDS),
  /** Place in the list, from 0; the first nine have the number keys 1-9. */
  order: z.number().int(),
  /** Objects of a removed class stay and are shown as "class removed". */
  removed: z.boolean(),
  objects: z.number().int(),
});
export type AnnotationClass = z.infer<typeof annotationClass>;
const className = nameOf("A class", 200);

export const listClasses = route({
  method: "GET",
  path: "/api/projects/:projectId/classes",
  summary: "Classes in order, removed ones last",
  tag: "classes",
  permission: "project.view",
  params: inProject,
  reply: z.object({ items: z.array(annotationClass) }),
});

export const createClass = route({
  method: "POST",
  path: "/api/projects/:projectId/classes",
  summary: "Adds a class; the colour comes from the palette when it is left out",
  tag: "classes",
  permission: "class.edit",
  params: inProject,
  body: z.object({
    name: className,
    color: color.optional(),
    kind: z.enum(CLASS_KINDS).optional(),
  }),
  reply: annotationClass,
  status: 201,
});

const byClass = z.object({ classId: id });
export const patchClass = route({
  method: "PATCH",
  path: "/api/classes/:classId",
  summary: "Renames, recolours, reorders or restores a class",
  tag: "classes",
  permission: "class.edit",
  params: byClass,
  body: z.object({
    name: className.optional(),
    color: color.optional(),
    kind: z.enum(CLASS_KINDS).optional(),
    order: z.number().int().min(0).optional(),
    removed: z.literal(false).optional(),
  }),
  reply: annotationClass,
});

export const deleteClass = route({
  method: "DELETE",
  path: "/api/classes/:classId",
  summary: "Removes a class; its objects stay and can be given back by restoring it",
  tag: "classes",
  permission: "class.edit",
  params: byClass,
  reply: annotationClass,
});
