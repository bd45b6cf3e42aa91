import { ApiError, type Rle } from "@limn/shared/api";
import { type Bitmask, bitmaskFromRle, rleFromBitmask } from "@limn/shared/raster";
import type { Click, StageTimes } from "@limn/shared/segment";
import type { BlobStore } from "../blobs/blobs.ts";
import type { Pictures } from "../images/pictures.ts";
import type { ImageRow, Store } from "../store/index.ts";
import { createEmbeddings, justRemoved, openPicture } from "./embeddings.ts";
import { openModelFile } from "./model-files.ts";
import type { Models, UsableModel } from "./models.ts";
import { createPlaces } from "./places.ts";
import type { Trial } from "./trial-calls.ts";
import { createTrials } from "./trials.ts";

export interface SegmentQuestion {
  readonly box?: readonly [number, number, number, number] | undefined;
  readonly clicks: readonly Click[];
  readonly mask?: Rle | undefined;
  readonly protect?: boolean | undefined;
  readonly model?: string | undefined;
  readonly signal?: AbortSignal;
}

export interface SegmentReply {
  readonly rle: Rle;
  readonly bbox: [number, number, number, number];
  readonly score: number;
  readonly others: readonly { readonly rle: Rle; readonly score: number }[];
  readonly ms: number;
  readonly engine: string;
  readonly model: string;
  readonly times: StageTimes;
}

export interface Segmenter {
  readonly engine: string;
  /** @throws ApiError with a sentence when the question cannot be answered. */
  segment(image: ImageRow, question: SegmentQuestion): Promise<SegmentReply>;
  /** Makes what the model's encoder gives for an image unless it is there; null: the model has no encoder. */
  embed(image: ImageRow, model: UsableModel, urgent: boolean): Promise<string | null>;
  /** Who should make that; `callerMs`: what the caller takes to make and send it, null when it cannot. */
  chooseMaker(
    image: ImageRow,
    model: UsableModel,
    callerMs: number | null,
  ): Promise<"nobody" | "server" | "caller">;
  /** Keeps an embedding that somebody's browser made, for this image. @throws ApiError when it is none of the model's */
  takeEmbedding(image: ImageRow, model: UsableModel, bytes: Uint8Array): Promise<void>;
  /** @throws ApiError while a network is being tried */
  requireFreeTrial(): void;
  /** Asks a network that is not offered yet, in a process of its own. @throws ApiError when it cannot be used */
  tryOut(request: Trial["request"]): Promise<Extract<Trial["answer"], { ok: true }>>;
  /** Removes what an encoder made of these images. */
  forget(images: readonly ImageRow[], model: UsableModel): Promise<void>;
  dispose(): Promise<void>;
}

export interface SegmenterParts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly pictures: Pictures;
  readonly models: Models;
}

/** The networks on the server's processor. */
export function createSegmenter(
  parts: SegmenterParts,
  limits: {
    /** Memory of each process of a network that people brought. */
    readonly memoryBytes: number;
    readonly answerMs?: number;
    readonly trialMs?: number;
  },
): Segmenter {
  const { blobs, pictures, models } = parts;
  const { memoryBytes: limitBytes, answerMs, trialMs } = limits;
  const places = createPlaces({ limitBytes, limitMs: answerMs });
  const trials = createTrials({ limitBytes, limitMs: trialMs });
  const embeddings = createEmbeddings(parts);

  async function embed(
    image: ImageRow,
    model: UsableModel,
    urgent: boolean,
  ): Promise<string | null> {
    if (!("encoder" in model.files)) return null;
    return embeddings.ensure(image, model, (request) =>
      places.ask(model, "encode", request, { urgent }),
    );
  }

  /** @throws ApiError when the embedding was removed in between, with the image or the model */
  async function openEmbedding(key: string, { id }: UsableModel) {
    const file = await blobs.asFile(key);
    if (!file) throw justRemoved();
    // Of a network that was removed and brought again, another one may have been sent under the same key.
    return { ref: { path: file.path, key: `${id} ${key}` }, release: () => file.release() };
  }

  async function ask(image: ImageRow, model: UsableModel, question: SegmentQuestion) {
    const { box, clicks, mask, protect, signal } = question;
    const before = mask && readMask(mask, image);
    const key = await embed(image, model, true);
    await using opened = new AsyncDisposableStack();
    const keep = <T extends { release(): Promise<void> }>(thing: T): T => {
      opened.defer(() => thing.release());
      return thing;
    };
    const { files, family, layer } = model;
    const network = keep(
      await openModelFile(blobs, "network" in files ? files.network : files.decoder),
    );
    const picture = keep(await openPicture(pictures, image));
    const embedding = key === null ? null : keep(await openEmbedding(key, model));
    // Awaited here: what was opened is closed when this returns.
    return await places.ask(
      model,
      "segment",
      {
        family,
        network: { path: network.path, sha256: network.sha256 },
        embedding: embedding?.ref ?? null,
        layer,
        picture: picture.ref,
        input: {
          clicks,
          ...(box ? { box: { x: box[0], y: box[1], width: box[2], height: box[3] } } : {}),
          ...(before ? { mask: before } : {}),
          ...(protect === undefined ? {} : { protect }),
        },
      },
      signal ? { signal } : {},
    );
  }

  return {
    engine: "onnxruntime-node",
    embed,
    async chooseMaker(image, model, callerMs) {
      return "encoder" in model.files ? embeddings.chooseMaker(image, model, callerMs) : "nobody";
    },
    takeEmbedding: embeddings.take,
    requireFreeTrial: trials.requireFree,
    tryOut: (request) => trials.run(request),
    async forget(images, { files }) {
      if ("encoder" in files) await embeddings.forget(images, files.encoder.sha256);
    },
    async segment(image, question) {
      checkQuestion(image, question);
      const model = await models.resolve(image.projectId, question.model);
      const began = performance.now();
      const { mask: found, score, others, times } = await ask(image, model, question);
      const rleOf = (mask: Bitmask): Rle => ({
        size: [image.height, image.width],
        counts: rleFromBitmask(mask, image).counts,
      });
      return {
        rle: rleOf(found),
        bbox: [found.left, found.top, found.width, found.height],
        score,
        others: others.map((other) => ({ rle: rleOf(other.mask), score: other.score })),
        ms: Math.round((performance.now() - began) * 10) / 10,
        engine: "server",
        model: model.id,
        times,
      };
    },
    async dispose() {
      await Promise.all([places.dispose(), trials.dispose()]);
    },
  };
}

function readMask(rle: Rle, image: { width: number; height: number }) {
  const [height, width] = rle.size;
  if (width !== image.width || height !== image.height)
    throw new ApiError(
      "unprocessable",
      `The mask is ${width} x ${height} but the image is ${image.width} x ${image.height}: send it in the image's size.`,
    );
  try {
    return bitmaskFromRle(rle);
  } catch {
    throw new ApiError(
      "unprocessable",
      "The mask's run lengths cannot be read: send COCO's compressed form.",
    );
  }
}

function checkQuestion(image: ImageRow, question: SegmentQuestion): void {
  for (const { x, y } of question.clicks)
    if (!(x >= 0 && y >= 0 && x < image.width && y < image.height))
      throw new ApiError(
        "unprocessable",
        `The click ${x}, ${y} lies outside the image, which is ${image.width} x ${image.height}.`,
      );
  if (!question.box) return;
  const [x, y, width, height] = question.box;
  if (
    !(width > 0 && height > 0) ||
    x >= image.width ||
    y >= image.height ||
    x + width <= 0 ||
    y + height <= 0
  )
    throw new ApiError(
      "unprocessable",
      `The box [${question.box.join(", ")}] does not cover any of the image, which is ${image.width} x ${image.height}.`,
    );
}
