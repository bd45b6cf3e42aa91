import { ApiError, type Rle } from "@limn/shared/api";
import { bitmaskFromRle, rleFromBitmask } from "@limn/shared/raster";
import type { Click, StageTimes } from "@limn/shared/segment";
import type { Pictures } from "../images/pictures.ts";
import type { ImageRow } from "../store/index.ts";
import { createWorkerPool } from "../workers/worker-pool.ts";
import type { Models } from "./models.ts";
import type { SegmentCalls } from "./segment-calls.ts";

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
  readonly ms: number;
  readonly engine: string;
  readonly model: string;
  readonly times: StageTimes;
}

export interface Segmenter {
  readonly engine: string;
  /** @throws ApiError with a sentence when the question cannot be answered. */
  segment(image: ImageRow, question: SegmentQuestion): Promise<SegmentReply>;
  dispose(): Promise<void>;
}

/** As many may wait; more would only be answered when nobody cares any more. */
const MOST_WAITING = 32;

/** The network on the server's processor, in a thread of its own, one question at a time. */
export function createSegmenter(pictures: Pictures, models: Models): Segmenter {
  const pool = createWorkerPool<SegmentCalls>(new URL("worker.ts", import.meta.url), 1);
  let waiting = 0;

  return {
    engine: "onnxruntime-node",
    async segment(image, question) {
      checkQuestion(image, question);
      const model = await models.resolve(image.projectId, question.model);
      if (waiting >= MOST_WAITING)
        throw new ApiError(
          "unavailable",
          "Too many people ask the network at once: try again in a moment.",
        );
      const began = performance.now();
      const file = await pictures.servedAsFile(image);
      if (!file)
        throw new ApiError("not-found", "The picture of this image is missing on the server.");
      waiting++;
      try {
        const { box, clicks, mask, protect, signal } = question;
        const answer = await pool.run(
          "segment",
          {
            modelPath: model.path,
            layer: model.layer,
            family: model.family,
            picturePath: file.path,
            pictureKey: image.sha256,
            width: image.width,
            height: image.height,
            input: {
              clicks,
              ...(box ? { box: { x: box[0], y: box[1], width: box[2], height: box[3] } } : {}),
              ...(mask ? { mask: readMask(mask, image) } : {}),
              ...(protect === undefined ? {} : { protect }),
            },
          },
          signal ? { signal } : {},
        );
        const { mask: found, score, times } = answer;
        const { counts } = rleFromBitmask(found, image);
        return {
          rle: { size: [image.height, image.width], counts },
          bbox: [found.left, found.top, found.width, found.height],
          score,
          ms: Math.round((performance.now() - began) * 10) / 10,
          engine: "server",
          model: model.id,
          times,
        };
      } finally {
        waiting--;
        await file.release();
      }
    },
    dispose: () => pool.dispose(),
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
