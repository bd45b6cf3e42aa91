import { ApiError } from "@limn/shared/api";
import { embeddingShapes, isEmbeddingOf } from "@limn/shared/segment";
import type { BlobStore } from "../blobs/blobs.ts";
import type { Pictures } from "../images/pictures.ts";
import { createKeyedQueue } from "../keyed-queue.ts";
import type { ImageRow, Store } from "../store/index.ts";
import { openModelFile } from "./model-files.ts";
import type { UsableModel } from "./models.ts";
import type { PictureRef, SegmentCalls } from "./segment-calls.ts";

type Encode = (
  request: SegmentCalls["encode"]["request"],
) => Promise<SegmentCalls["encode"]["answer"]>;

interface EmbeddingParts {
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly pictures: Pictures;
}

export const justRemoved = (): ApiError =>
  new ApiError("conflict", "The image or the network has just been removed: try again.");

/** Names what an encoder makes: changes with its file. */
export const embeddingVersion = (encoderSha256: string): string => encoderSha256.slice(0, 32);

/** What this server made: beside everything else that is made from the picture, and removed with it. */
const madeKey = (pictureSha256: string, encoderSha256: string): string =>
  `derived/${pictureSha256.slice(0, 2)}/${pictureSha256}/embeddings/${embeddingVersion(encoderSha256)}`;

/** Below it lies what browsers made for one image, which is of one project. */
const SENT = "embeddings";
export const sentFolder = (imageId: string): string => `${SENT}/${imageId}`;
/** May another embedding be there one day in its place? The server's own goes before what somebody sent. */
export const mayChange = (key: string): boolean => key.startsWith(`${SENT}/`);
const sentKey = (imageId: string, encoderSha256: string): string =>
  `${sentFolder(imageId)}/${embeddingVersion(encoderSha256)}`;

function encoderOf({ id, files }: UsableModel) {
  if (!("encoder" in files)) throw new Error(`The model ${id} has no encoder.`);
  return files.encoder;
}

/**
 * What encoders gave, in the blob store by the contents of picture and encoder: made once for everybody, by one of those who
 * ask at the same time. What somebody's browser made stands for its image alone (docs/decisions/0003).
 */
export function createEmbeddings({ store, blobs, pictures }: EmbeddingParts) {
  const queue = createKeyedQueue();
  /** What the last picture took, by the encoder's version. */
  const lastMs = new Map<string, number>();
  /** Pictures that wait for an encoder or are being shown to one. */
  let underWay = 0;

  async function find(image: ImageRow, encoderSha256: string): Promise<string | null> {
    for (const key of [madeKey(image.sha256, encoderSha256), sentKey(image.id, encoderSha256)])
      if ((await blobs.size(key)) !== null) return key;
    return null;
  }

  async function make(image: ImageRow, model: UsableModel, encode: Encode): Promise<string> {
    const { sha256 } = encoderOf(model);
    const key = madeKey(image.sha256, sha256);
    const encoder = await openModelFile(blobs, encoderOf(model));
    const picture = await openPicture(pictures, image);
    try {
      const { packed, ms } = await encode({
        family: model.family,
        encoder: { path: encoder.path, sha256: encoder.sha256 },
        picture: picture.ref,
      });
      lastMs.set(embeddingVersion(sha256), ms);
      await blobs.put(key, packed);
    } finally {
      await encoder.release();
      await picture.release();
    }
    // The last image of this picture may have been removed for good meanwhile, or the network.
    if (!(await store.images.isUsed(image.sha256)) || (await isGone(model)))
      await blobs.delete(key);
    return key;
  }

  /** Was it brought to a project and has been removed? What is installed leaves its embeddings to whoever installs it again. */
  const isGone = async ({ id, kind }: UsableModel): Promise<boolean> =>
    kind === "uploaded" && (await store.models.find(id)) === undefined;

  return {
    /** Makes the embedding unless it is there; gives its key in the blob store. */
    async ensure(image: ImageRow, model: UsableModel, encode: Encode): Promise<string> {
      const { sha256 } = encoderOf(model);
      const there = await find(image, sha256);
      if (there !== null) return there;
      underWay++;
      try {
        return await queue.run(
          madeKey(image.sha256, sha256),
          async () => (await find(image, sha256)) ?? (await make(image, model, encode)),
        );
      } finally {
        underWay--;
      }
    },

    /** Who should make the embedding, if a caller takes `callerMs` to make and send it; null: it cannot. */
    async chooseMaker(
      image: ImageRow,
      model: UsableModel,
      callerMs: number | null,
    ): Promise<"nobody" | "server" | "caller"> {
      const { sha256 } = encoderOf(model);
      if ((await find(image, sha256)) !== null) return "nobody";
      const ms = lastMs.get(embeddingVersion(sha256));
      if (callerMs === null || ms === undefined) return "server";
      return callerMs < ms * (underWay + 1) ? "caller" : "server";
    },

    /**
     * Keeps what a browser made for an image, unless there is one.
     * @throws ApiError when it is not what the model's encoder gives, or image or model have been removed
     */
    async take(image: ImageRow, model: UsableModel, bytes: Uint8Array): Promise<void> {
      const { sha256 } = encoderOf(model);
      const shapes = embeddingShapes(model.architecture);
      if (!shapes || !isEmbeddingOf(bytes, shapes))
        throw new ApiError(
          "unprocessable",
          `This is no embedding of "${model.id}": wanted are finite numbers in half precision, in the shapes that its encoder gives.`,
        );
      await queue.run(madeKey(image.sha256, sha256), async () => {
        if ((await find(image, sha256)) !== null) return;
        const key = sentKey(image.id, sha256);
        await blobs.put(key, bytes);
        // Either may have been removed for good while the bytes came.
        const gone = (await store.images.find(image.id)) === undefined || (await isGone(model));
        if (!gone) return;
        await blobs.delete(key);
        throw justRemoved();
      });
    },

    /** Removes what an encoder made of these images. */
    async forget(images: readonly { id: string; sha256: string }[], encoderSha256: string) {
      for (const { id, sha256 } of images)
        for (const key of [madeKey(sha256, encoderSha256), sentKey(id, encoderSha256)])
          await blobs.delete(key);
    },
  };
}

/** The picture of an image as a local file. @throws ApiError when it is missing */
export async function openPicture(
  pictures: Pictures,
  image: ImageRow,
): Promise<{ readonly ref: PictureRef; release(): Promise<void> }> {
  const file = await pictures.servedAsFile(image);
  if (!file) throw new ApiError("not-found", "The picture of this image is missing on the server.");
  const { width, height, sha256 } = image;
  return {
    ref: { path: file.path, key: sha256, width, height },
    release: () => file.release(),
  };
}
