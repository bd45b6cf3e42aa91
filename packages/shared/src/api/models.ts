import { z } from "zod";
import { job } from "./jobs.ts";
import { id, nothing } from "./people.ts";
import { route } from "./route.ts";
import { nameOf } from "./text.ts";

const inProject = z.object({ projectId: id });
/** The network that comes with the product; every project starts with it. */
export const DEFAULT_MODEL = "default";

const figures = z.object({
  /** Mean IoU after a box alone. */
  iou: z.number(),
  /** Mean clicks after the box to 90 %; a failure counts 20. */
  clicks: z.number(),
});
/** What learning from a project gave, measured on objects of images that were not learnt from. */
export const learnReport = z.object({
  objects: z.number().int(),
  images: z.number().int(),
  measured: z.number().int(),
  before: figures,
  after: figures,
});
export type LearnReport = z.infer<typeof learnReport>;

/** How an uploaded network did before it was offered: asked once about an image of the project, with a box. */
export const modelTrial = z.object({
  /** For the whole answer, on the server. */
  ms: z.number(),
  image: z.object({ id: z.string(), name: z.string() }),
  /** Share of the box that its mask covers, 0..1. */
  share: z.number(),
  /** What the files were found to be; absent in what was stored before that was asked. */
  architecture: z.string().optional(),
});

/** `default`: comes with the product; `installed`: by whoever runs the server; `learnt`, `uploaded`: of this project. */
export const MODEL_KINDS = ["default", "installed", "learnt", "uploaded"] as const;
export const model = z.object({
  id: z.string(),
  kind: z.enum(MODEL_KINDS),
  name: z.string(),
  /** How to talk to it. */
  family: z.string(),
  /** What it is, for people: "click network", "SAM 2". */
  architecture: z.string(),
  /** SPDX name, where it is known. */
  licence: z.string().nullable(),
  /** What it was learnt from. */
  report: learnReport.nullable(),
  trial: modelTrial.nullable(),
  createdAt: z.string().nullable(),
  createdBy: id.nullable(),
});
export type Model = z.infer<typeof model>;

export const listModels = route({
  method: "GET",
  path: "/api/projects/:projectId/models",
  summary: "The networks that this project can use, and the one it uses",
  tag: "models",
  permission: "project.view",
  params: inProject,
  reply: z.object({ chosen: z.string(), items: z.array(model) }),
});

export const chooseModel = route({
  method: "PUT",
  path: "/api/projects/:projectId/model",
  summary: "Chooses the network that everybody in this project gets",
  tag: "models",
  permission: "model.manage",
  params: inProject,
  body: z.object({ model: z.string().max(100) }),
  reply: z.object({ chosen: z.string() }),
});

export const learnModel = route({
  method: "POST",
  path: "/api/projects/:projectId/models/learn",
  summary:
    "Starts learning from the project's finished masks; what comes of it is offered, not used",
  tag: "models",
  permission: "model.manage",
  params: inProject,
  reply: job,
  status: 202,
});

const ofProject = inProject.extend({ modelId: z.string().max(100) });

/** Field `name` of an upload; what `modelNameOf` makes of the files' names when absent. */
export const modelName = nameOf("A network", 100);

/** `Cells.onnx` -> `Cells`; of a pair, `cells-encoder.onnx` and `cells-decoder.onnx` -> `cells`. */
export function modelNameOf(fileNames: readonly string[]): string {
  const stem = (fileNames[0] ?? "").replace(/\.onnx$/i, "");
  return fileNames.length === 2 ? stem.replace(/(?<=.)[-_. ](encoder|decoder)$/i, "") : stem;
}

export const uploadModel = route({
  method: "POST",
  path: "/api/projects/:projectId/models",
  summary:
    "Takes a network of one's own (one ONNX file, or a SAM's encoder and decoder, in the field `files`), tries it on an image of the project, and offers it",
  tag: "models",
  permission: "model.manage",
  params: inProject,
  upload: "multipart",
  reply: model,
  status: 201,
});

export const modelTrialPicture = route({
  method: "GET",
  path: "/api/projects/:projectId/models/:modelId/trial",
  summary: "The picture of an uploaded network's trial: image, box and mask",
  tag: "models",
  permission: "project.view",
  params: ofProject,
  reply: z.unknown(),
  download: "bytes",
});

const byImage = z.object({ imageId: id });
export const imageEmbedding = route({
  method: "GET",
  path: "/api/images/:imageId/embedding",
  summary:
    "What the encoder of a SAM gave for this image, in half precision; made when it is first asked for",
  tag: "models",
  permission: "segment.run",
  params: byImage,
  query: z.object({
    /** The project's own choice when absent. */
    model: z.string().max(100).optional(),
    /** As `modelParts` gives it: with it browsers keep for good what the server made; what somebody sent may give way to that. */
    v: z.string().max(100).optional(),
  }),
  reply: z.unknown(),
  download: "bytes",
});

export const prepareEmbedding = route({
  method: "POST",
  path: "/api/images/:imageId/embedding",
  summary:
    "Asks for the embedding ahead, when the server has nothing better to do, or, where that is said to be faster, lets the caller make it; nothing happens for a network without an encoder",
  tag: "models",
  permission: "segment.run",
  params: byImage,
  query: z.object({
    /** What the caller takes to make this version and to send it. */
    ms: z.coerce.number().positive().optional(),
    v: z.string().max(100).optional(),
  }),
  /** Who makes it; nobody: it is there, or there is nothing to make. With `caller` nothing is made until it is sent or asked for. */
  reply: z.object({ maker: z.enum(["nobody", "server", "caller"]) }),
  status: 202,
});

export const sendEmbedding = route({
  method: "PUT",
  path: "/api/images/:imageId/embedding",
  summary:
    "Takes an embedding that the caller's computer made (one file, in the field `files`), for this image of this project alone; one that is there stays",
  tag: "models",
  permission: "annotation.write",
  params: byImage,
  query: z.object({ model: z.string().max(100), v: z.string().max(100) }),
  upload: "multipart",
  reply: nothing,
});

export const deleteModel = route({
  method: "DELETE",
  path: "/api/projects/:projectId/models/:modelId",
  summary:
    "Removes a network of this project; the project goes back to the default one if it used it",
  tag: "models",
  permission: "model.manage",
  params: ofProject,
  reply: nothing,
});

/** A correction to the last layer of the default network. */
export const lastLayer = z.object({
  weights: z.array(z.number()),
  weights4: z.array(z.number()).nullable(),
  bias: z.number(),
});

export const modelParts = route({
  method: "GET",
  path: "/api/projects/:projectId/models/:modelId/parts",
  summary:
    "What a browser needs to run the network itself: for a learnt one, the change to the default's last layer",
  tag: "models",
  permission: "project.view",
  params: ofProject,
  reply: z.object({
    id: z.string(),
    base: z.string(),
    layer: lastLayer.nullable(),
    /** Of a network with files of its own: what a browser loads, the whole network or its decoder. */
    own: z
      .object({
        family: z.string(),
        role: z.enum(["network", "decoder"]),
        bytes: z.number().int(),
        sha256: z.string(),
      })
      .nullable(),
    /** Its encoder, for browsers that may be faster than the server. */
    encoder: z.object({ bytes: z.number().int(), sha256: z.string() }).nullable(),
    /** Version of what the network's encoder gives, for the embedding's address; null: it has no encoder. */
    embedding: z.string().nullable(),
  }),
});

export const modelFile = route({
  method: "GET",
  path: "/api/projects/:projectId/models/:modelId/files/:role",
  summary:
    "The ONNX file that a browser loads; with its SHA-256 as `v` the address never gives another",
  tag: "models",
  permission: "project.view",
  params: ofProject.extend({ role: z.enum(["network", "encoder", "decoder"]) }),
  query: z.object({ v: z.string().max(100).optional() }),
  reply: z.unknown(),
  download: "bytes",
});
