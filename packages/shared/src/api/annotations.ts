import { z } from "zod";
import { id } from "./people.ts";
import { route } from "./route.ts";

/** COCO run lengths: column-major, first run background, `size` is [height, width]. */
export const rle = z.object({
  size: z.tuple([z.number().int().min(1), z.number().int().min(1)]),
  counts: z.string(),
});
export type Rle = z.infer<typeof rle>;
const number = z.number();
/** [[x, y, x, y, ...], ...] in image pixels; the first pixel spans 0..1. */
export const rings = z.array(z.array(number).min(6)).min(1);
/** [x, y, width, height] in image pixels. */
export const bbox = z.tuple([number, number, number, number]);

const byImage = z.object({ imageId: id });

export const annotation = z.object({
  id,
  classId: z.string(),
  shape: z.enum(["mask", "polygon", "box"]),
  bbox,
  area: number,
  rle: rle.optional(),
  rings: rings.optional(),
  name: z.string().optional(),
  createdBy: z.string().nullable(),
  createdAt: z.string().nullable(),
  updatedBy: z.string().nullable(),
  updatedAt: z.string().nullable(),
});
export type ApiAnnotation = z.infer<typeof annotation>;

export const listAnnotations = route({
  method: "GET",
  path: "/api/images/:imageId/annotations",
  summary: "The objects of an image, folded from its live document",
  tag: "annotations",
  permission: "project.view",
  params: byImage,
  /** Never paged: `next` is always null. */
  reply: z.object({ items: z.array(annotation), next: z.null() }),
});

export const createAnnotations = route({
  method: "POST",
  path: "/api/images/:imageId/annotations",
  summary: "Adds objects through the live document; ids made by the caller make a retry harmless",
  tag: "annotations",
  permission: "annotation.write",
  params: byImage,
  body: z.object({
    annotations: z
      .array(
        z
          .object({
            id: z
              .string()
              .regex(/^[A-Za-z0-9_-]{8,32}$/, "An id has 8 to 32 letters, digits, - or _.")
              .optional(),
            classId: z.string(),
            name: z.string().max(200).optional(),
            rle: rle.optional(),
            rings: rings.optional(),
            bbox: bbox.optional(),
          })
          .refine(
            (a) => [a.rle, a.rings, a.bbox].filter((g) => g !== undefined).length === 1,
            "An object has exactly one of rle, rings and bbox.",
          ),
      )
      .min(1)
      .max(10_000),
  }),
  reply: z.object({ items: z.array(annotation) }),
  status: 201,
});

export const click = z.object({ x: number, y: number, inside: z.boolean() });

export const segment = route({
  method: "POST",
  path: "/api/images/:imageId/segment",
  summary:
    "A mask from a box and/or clicks inside and outside, by the network on the server; stores nothing",
  tag: "annotations",
  permission: "segment.run",
  params: byImage,
  body: z
    .object({
      box: bbox.optional(),
      clicks: z.array(click).max(200).default([]),
      /** The object as it is now; COCO run lengths in the image's size. */
      mask: rle.optional(),
      /** Only the part of the mask that hangs together with the last click may change. */
      protect: z.boolean().optional(),
      model: z.string().max(100).optional(),
    })
    .refine(
      (b) => b.box !== undefined || b.clicks.length > 0,
      "A box or at least one click is needed.",
    ),
  reply: z.object({
    rle,
    bbox,
    score: number,
    /** What else the network may have been asked for, best first; empty with a network that gives one mask. */
    others: z.array(z.object({ rle, score: number })).readonly(),
    ms: number,
    engine: z.string(),
    model: z.string(),
  }),
});
