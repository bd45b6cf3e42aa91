import { setTimeout as wait } from "node:timers/promises";
import { ApiError } from "@limn/shared/api";
import { LEAST_EXAMPLES, type Lesson } from "@limn/shared/learn";
import { createId } from "../ids.ts";
import type { JobContext, JobHandler, JobOutcome } from "../jobs/jobs.ts";
import type { Parts } from "../parts.ts";
import type { ImageRow } from "../store/index.ts";
import { createWorkerPool, type WorkerPool } from "../workers/worker-pool.ts";
import { type Candidate, chooseExamples } from "./choose-examples.ts";
import {
  type LearnCalls,
  type LearnImage,
  type LearnObject,
  PROGRESS,
  STOP,
} from "./learn-calls.ts";

/** More teach little that is new, and take their time. */
const MOST_EXAMPLES = 200;
const LOOK_MS = 300;
/** Share of the progress for reading documents. */
const READING = 0.1;

type Used = Pick<Parts, "store" | "documents" | "pictures" | "models" | "live" | "now">;
type Learnable = Candidate & LearnObject;

/** Learns from the project's finished masks and polygons, and offers what comes of it as a network of the project. */
export function createLearnJob(parts: Used): JobHandler {
  const { store, models, live, now } = parts;
  return async (context: JobContext): Promise<JobOutcome> => {
    const { projectId, createdBy } = context;
    const images = (await store.images.listOfProject(projectId)).filter(
      (image) => image.deletedAt === null,
    );
    const chosen = chooseExamples(await readObjects(parts, images, context), MOST_EXAMPLES);
    if (chosen.length < LEAST_EXAMPLES)
      throw new ApiError(
        "unprocessable",
        `Learning takes at least ${LEAST_EXAMPLES} finished masks or polygons of some size; this project has ${chosen.length}. Draw more, then start it again.`,
      );
    const { layer, report } = await learnFrom(parts, images, chosen as Learnable[], context);
    const clicks = `${report.before.clicks.toFixed(1)} clicks before, ${report.after.clicks.toFixed(1)} after`;
    if (layer === null)
      return {
        message: `Nothing to gain from ${report.objects} objects (${clicks}): the network was left as it is.`,
      };
    const earlier = (await store.models.list(projectId)).filter(({ kind }) => kind === "learnt");
    await store.models.insert({
      id: createId(),
      projectId,
      kind: "learnt",
      name: `Learnt from this project, ${earlier.length + 1}`,
      family: models.standard.family,
      layer: JSON.stringify(layer),
      report: JSON.stringify(report),
      files: null,
      trial: null,
      createdBy,
      createdAt: now().toISOString(),
    });
    live.publish(projectId, { type: "models" });
    return {
      message: `Learnt from ${report.objects} objects: ${clicks}. It is offered under Model.`,
    };
  };
}

async function readObjects(
  { documents }: Used,
  images: readonly ImageRow[],
  { signal, progress }: JobContext,
): Promise<Learnable[]> {
  const found: Learnable[] = [];
  for (const [i, image] of images.entries()) {
    signal.throwIfAborted();
    progress((READING * i) / images.length, `Reading the objects of ${image.name}.`);
    for (const record of await documents.readAnnotations(image, { signal })) {
      if (record.shape === "box") continue;
      const { id, area, bbox, rle = null, rings = null } = record;
      const [, , width, height] = bbox;
      found.push({ id, imageId: image.id, objectId: id, area, width, height, rle, rings });
    }
  }
  return found;
}

async function learnFrom(
  { pictures, models }: Used,
  images: readonly ImageRow[],
  chosen: readonly Learnable[],
  { signal, progress }: JobContext,
): Promise<Lesson> {
  const known = new Map(images.map((image) => [image.id, image]));
  const releases: (() => Promise<void>)[] = [];
  const material: LearnImage[] = [];
  // Minutes of work in a thread of its own, which is gone afterwards.
  const pool = createWorkerPool<LearnCalls>(new URL("learn-worker.ts", import.meta.url), 1);
  try {
    for (const [imageId, objects] of Map.groupBy(chosen, (each) => each.imageId)) {
      const image = known.get(imageId);
      const file = image === undefined ? null : await pictures.servedAsFile(image);
      // An image whose picture is missing teaches nothing; the others do.
      if (image === undefined || file === null) continue;
      releases.push(() => file.release());
      const { id, width, height } = image;
      material.push({ id, picturePath: file.path, width, height, objects });
    }
    const { path: modelPath, family } = models.standard;
    const state = new SharedArrayBuffer(8);
    return await watch(pool, { modelPath, family, images: material, state }, signal, (share) =>
      progress(READING + (1 - READING) * share, `Learning from ${chosen.length} objects.`),
    );
  } finally {
    await pool.dispose();
    for (const release of releases) await release();
  }
}

/**
 * Asks the worker, tells how far it is, and hands a cancellation on. The worker is never ended in the middle of an answer of
 * the network: that would end the whole process (onnxruntime-node 1.30, "Napi::Error").
 */
async function watch(
  pool: WorkerPool<LearnCalls>,
  request: LearnCalls["learn"]["request"],
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<Lesson> {
  const shared = new Int32Array(request.state);
  let ended = false;
  const lesson = pool.run("learn", request).finally(() => {
    ended = true;
  });
  lesson.catch(() => {});
  while (!ended) {
    if (signal.aborted) Atomics.store(shared, STOP, 1);
    onShare(Atomics.load(shared, PROGRESS) / 1000);
    await Promise.race([wait(LOOK_MS), lesson.catch(() => {})]);
  }
  return lesson;
}
