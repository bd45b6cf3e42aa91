import { readFile } from "node:fs/promises";
import { api, ApiError, DEFAULT_MODEL, modelName, modelNameOf } from "@limn/shared/api";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { mib } from "../images/archive.ts";
import { spoolFile } from "../images/spool.ts";
import { presentJob } from "../jobs/present-job.ts";
import { createKeyedQueue } from "../keyed-queue.ts";
import type { Parts } from "../parts.ts";
import { embeddingVersion, mayChange } from "../segment/embeddings.ts";
import { browserFile, fileOf, readModelFile } from "../segment/model-files.ts";
import { createLearnJob } from "../segment/learn-job.ts";
import type { UsableModel } from "../segment/models.ts";
import {
  createUploadedModels,
  type GivenFile,
  MOST_MODEL_BYTES,
  trialKey,
} from "../segment/uploads.ts";
import { sendBytes } from "./image-bytes.ts";
import type { Serve } from "./serve.ts";
import { decodeFileName } from "./uploads.ts";

export function serveModels(serve: Serve, _app: FastifyInstance, parts: Parts): void {
  const { store, models, jobs, live, blobs, segmenter, intake, log } = parts;
  const uploaded = createUploadedModels(parts);
  jobs.register("learn", createLearnJob(parts));

  serve(api.listModels, async ({ project }) => ({
    chosen: (await models.resolve(project.id)).id,
    items: await models.list(project.id),
  }));

  serve(api.chooseModel, async ({ project, body }) => {
    const { id } = await models.use(project.id, body.model);
    await store.projects.update(project.id, { model: id === DEFAULT_MODEL ? null : id });
    live.publish(project.id, { type: "models" });
    return { chosen: id };
  });

  const learnRequests = createKeyedQueue();
  serve(api.learnModel, ({ project, person }) =>
    learnRequests.run(project.id, async () => {
      // Whoever asks while it learns gets the job that is there.
      const under = (await store.jobs.list(project.id)).find(
        ({ kind, state }) => kind === "learn" && (state === "waiting" || state === "running"),
      );
      if (under !== undefined) return presentJob(under);
      const createdBy = person.id;
      return jobs.start({ projectId: project.id, kind: "learn", payload: {}, createdBy });
    }),
  );

  serve(api.deleteModel, async ({ project, params }) => {
    await uploaded.remove(await models.rowOf(project.id, params.modelId));
    return {};
  });

  serve(api.modelParts, async ({ project, params }) => {
    const { id, kind, family, files, layer } = await models.use(project.id, params.modelId);
    const { role, file } = browserFile(files);
    const { bytes, sha256 } = file;
    const encoder = fileOf(files, "encoder");
    return {
      id,
      encoder: encoder && { bytes: encoder.bytes, sha256: encoder.sha256 },
      embedding: encoder && embeddingVersion(encoder.sha256),
      base: models.standard.id,
      own: kind === "installed" || kind === "uploaded" ? { family, role, bytes, sha256 } : null,
      layer: layer && {
        ...layer,
        weights: [...layer.weights],
        weights4: layer.weights4 && [...layer.weights4],
      },
    };
  });

  serve(api.modelFile, async ({ project, params, query, request, reply }) => {
    const { files } = await models.use(project.id, params.modelId);
    const file = fileOf(files, params.role);
    if (!file)
      throw new ApiError(
        "not-found",
        `This network has no ${params.role}, but ${"network" in files ? "a network" : "an encoder and a decoder"}.`,
      );
    requireVersion(query.v, file.sha256);
    return sendBytes(request, reply, {
      stream: await readModelFile(blobs, file),
      mediaType: "application/octet-stream",
      tag: file.sha256.slice(0, 32),
      immutable: query.v !== undefined,
    });
  });

  serve(api.uploadModel, async ({ project, person, request }) => {
    segmenter.requireFreeTrial();
    const given: GivenFile[] = [];
    try {
      const name = await receive(request, given);
      return await uploaded.take(project.id, person.id, given, name);
    } finally {
      for (const { file } of given) await file.remove();
    }
  });

  /** Fills `given`, so that whoever calls can remove what came before a refusal; gives the name. */
  async function receive(request: FastifyRequest, given: GivenFile[]): Promise<string> {
    let wanted: string | undefined;
    for await (const part of request.parts()) {
      if (part.type !== "file") {
        if (part.fieldname === "name" && typeof part.value === "string") wanted = part.value;
        continue;
      }
      // At once: what comes too much is not written to the disk first.
      if (given.length === MOST_FILES) throw wrongCount();
      const name = decodeFileName(part.filename).split(/[/\\]/).at(-1) ?? "";
      const file = await spoolFile(part.file, intake.workFolder, MOST_MODEL_BYTES);
      if (file === null)
        throw new ApiError(
          "too-large",
          `${name} is larger than the limit of ${mib(MOST_MODEL_BYTES)}: export it in half precision or quantised, or let whoever runs the server install it.`,
        );
      given.push({ name, file });
    }
    if (given.length === 0) throw wrongCount();
    const parsed = modelName.safeParse(wanted ?? modelNameOf(given.map((each) => each.name)));
    if (!parsed.success)
      throw new ApiError(
        "invalid-request",
        `name: ${parsed.error.issues[0]?.message ?? "It is not valid."}`,
      );
    return parsed.data;
  }

  serve(api.modelTrialPicture, async ({ project, params, request, reply }) => {
    const row = await models.rowOf(project.id, params.modelId);
    if (row.trial === null)
      throw new ApiError(
        "not-found",
        "This network was not brought by anybody, so it has no trial.",
      );
    return sendBytes(request, reply, {
      stream: await blobs.get(trialKey(project.id, row.id)),
      mediaType: "image/webp",
      tag: `${row.id}-trial`,
      immutable: true,
    });
  });

  serve(api.imageEmbedding, async ({ image, query, request, reply }) => {
    const model = await models.resolve(image.projectId, query.model);
    const version = embeddingVersion(requireEncoder(model).sha256);
    requireVersion(query.v, version);
    const key = await segmenter.embed(image, model, true);
    const sent = key !== null && mayChange(key);
    return sendBytes(request, reply, {
      stream: key === null ? null : await blobs.get(key),
      mediaType: "application/octet-stream",
      tag: `${image.sha256.slice(0, 32)}-${version}${sent ? `-sent-${model.id}` : ""}`,
      immutable: query.v !== undefined && !sent,
    });
  });

  serve(api.prepareEmbedding, async ({ image, query }) => {
    const model = await models.resolve(image.projectId);
    const { files } = model;
    // What the caller measured counts for the version that it measured.
    const isSame = "encoder" in files && query.v === embeddingVersion(files.encoder.sha256);
    const maker = await segmenter.chooseMaker(image, model, (isSame ? query.ms : null) ?? null);
    if (maker === "server")
      segmenter
        .embed(image, model, false)
        .catch((error: unknown) => log.debug({ err: error }, "an embedding was not made ahead"));
    return { maker };
  });

  serve(api.sendEmbedding, async ({ image, query, request }) => {
    const model = await models.use(image.projectId, query.model);
    const encoder = requireEncoder(model);
    requireVersion(query.v, embeddingVersion(encoder.sha256));
    const part = await request.file();
    if (!part) throw new ApiError("invalid-request", "Put the embedding into the field `files`.");
    const file = await spoolFile(part.file, intake.workFolder, MOST_EMBEDDING_BYTES);
    if (file === null)
      throw new ApiError(
        "too-large",
        `An embedding has ${mib(MOST_EMBEDDING_BYTES)} at most: send what the encoder gives for one picture.`,
      );
    try {
      await segmenter.takeEmbedding(image, model, await readFile(file.path));
    } finally {
      await file.remove();
    }
    return {};
  });
}

/** Of one network. */
const MOST_FILES = 2;
const wrongCount = (): ApiError =>
  new ApiError(
    "invalid-request",
    "Put one ONNX file, or the encoder and the decoder of a SAM, into the field `files`.",
  );

/** Larger than that of any encoder that is known. */
const MOST_EMBEDDING_BYTES = 16 * 2 ** 20;

function requireEncoder({ id, files }: UsableModel) {
  if (!("encoder" in files))
    throw new ApiError(
      "unprocessable",
      `The network "${id}" has no encoder: it sees the picture with every question.`,
    );
  return files.encoder;
}

/** Another file may have been installed under the same id, or the project may use another network by now. */
function requireVersion(wanted: string | undefined, version: string): void {
  if (wanted !== undefined && wanted !== version)
    throw new ApiError("conflict", "The network has been replaced meanwhile: reload the page.");
}
