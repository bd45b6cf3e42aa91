import { z } from "zod";
import { id, nothing, page } from "./people.ts";
import { IMAGE_STATES } from "./projects.ts";
import { route } from "./route.ts";

export const image = z.object({
  id,
  projectId: id,
  /** Relative path as uploaded; the identity of the image within its project. */
  name: z.string(),
  /** Size of the upright picture in pixels. */
  width: z.number().int(),
  height: z.number().int(),
  state: z.enum(IMAGE_STATES),
  objects: z.number().int(),
  /** Class id -> number of objects. */
  perClass: z.record(z.string(), z.number().int()),
  assignee: id.nullable(),
  bytes: z.number().int(),
  mediaType: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Changes with every new overlay; null while there is nothing to overlay. */
  overlay: z.string().nullable(),
  /** Who made the picture and under which licence, where that is known. */
  credit: z.string().nullable(),
  deleted: z.boolean(),
});
export type Image = z.infer<typeof image>;

const inProject = z.object({ projectId: id });
const byImage = z.object({ imageId: id });
const bytes = z.unknown();

export const IMAGE_SORTS = [
  "name",
  "-name",
  "created",
  "-created",
  "updated",
  "-updated",
  "objects",
  "-objects",
] as const;

export const listImages = route({
  method: "GET",
  path: "/api/projects/:projectId/images",
  summary: "Images, filtered and sorted",
  tag: "images",
  permission: "project.view",
  params: inProject,
  query: z.object({
    ...page,
    state: z.enum(IMAGE_STATES).optional(),
    class: id.optional(),
    assignee: id.optional(),
    q: z.string().max(200).optional(),
    sort: z.enum(IMAGE_SORTS).default("name"),
    deleted: z.enum(["0", "1"]).default("0"),
  }),
  reply: z.object({ items: z.array(image), next: z.string().nullable(), total: z.number().int() }),
});

export const uploadResult = z.object({
  name: z.string(),
  status: z.enum(["created", "duplicate", "refused"]),
  image: image.optional(),
  /** One sentence: why refused, or what is worth knowing about a duplicate. */
  reason: z.string().optional(),
});
export type UploadResult = z.infer<typeof uploadResult>;

export const uploadImages = route({
  method: "POST",
  path: "/api/projects/:projectId/images",
  summary:
    "Adds images and zip files of images (multipart/form-data, field `files`, relative path as file name)",
  tag: "images",
  permission: "image.upload",
  params: inProject,
  upload: "multipart",
  reply: z.object({ items: z.array(uploadResult) }),
});

export const getImage = route({
  method: "GET",
  path: "/api/images/:imageId",
  summary: "One image",
  tag: "images",
  permission: "project.view",
  params: byImage,
  reply: image,
});

export const imageFile = route({
  method: "GET",
  path: "/api/images/:imageId/file",
  summary: "The picture upright, in sRGB, as a browser shows it",
  tag: "images",
  permission: "project.view",
  params: byImage,
  reply: bytes,
  download: "bytes",
});

export const imageOriginal = route({
  method: "GET",
  path: "/api/images/:imageId/original",
  summary: "The bytes as they were uploaded",
  tag: "images",
  permission: "project.view",
  params: byImage,
  reply: bytes,
  download: "bytes",
});

export const imageThumbnail = route({
  method: "GET",
  path: "/api/images/:imageId/thumbnail",
  summary: "A small picture, at most 512 px a side",
  tag: "images",
  permission: "project.view",
  params: byImage,
  reply: bytes,
  download: "bytes",
});

export const imageOverlay = route({
  method: "GET",
  path: "/api/images/:imageId/overlay",
  summary: "The objects drawn in their colours on transparent ground (PNG), for the grid",
  tag: "images",
  permission: "project.view",
  params: byImage,
  query: z.object({ v: z.string().max(64).optional() }),
  reply: bytes,
  download: "bytes",
});

export const imageTile = route({
  method: "GET",
  path: "/api/images/:imageId/tiles/:level/:x/:y",
  summary:
    "A 512 px tile; level 0 is full size, each next level half of it, until one tile holds all; pictures under 4096 px have level 0 only",
  tag: "images",
  permission: "project.view",
  params: z.object({
    imageId: id,
    level: z.coerce.number<number | string>().int().min(0).max(12),
    x: z.coerce.number<number | string>().int().min(0),
    y: z.coerce.number<number | string>().int().min(0),
  }),
  reply: bytes,
  download: "bytes",
});

export const deleteImage = route({
  method: "DELETE",
  path: "/api/images/:imageId",
  summary: "Puts an image into the bin for 30 days",
  tag: "images",
  permission: "image.delete",
  params: byImage,
  reply: nothing,
});

export const restoreImage = route({
  method: "POST",
  path: "/api/images/:imageId/restore",
  summary: "Takes an image out of the bin",
  tag: "images",
  permission: "image.delete",
  params: byImage,
  reply: image,
});
