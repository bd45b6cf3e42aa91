import { ApiError } from "@limn/shared/api";
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

/** Names what an encoder makes: changes with its file. */
export const embeddingVersion = (encoderSha256: string): string => encoderSha256.slice(0, 32);

/** Beside everything else that is made from the picture, and removed with it. */
const keyOf = (pictureSha256: string, encoderSha256: string): string =>
  `derived/${pictureSha256.slice(0, 2)}/${pictureSha256}/embeddings/${embeddingVersion(encoderSha256)}`;

/**
 * What encoders gave, in the blob store by the contents of picture and encoder: made once for everybody, by one of those who
 * ask at the same time.
 */
export function createEmbeddings({ store, blobs, pictures }: EmbeddingParts) {
  const queue = createKeyedQueue();

  async function make(image: ImageRow, model: UsableModel, key: string, encode: Encode) {
    if (!("encoder" in model.files)) throw new Error(`The model ${model.id} has no encoder.`);
    const encoder = await openModelFile(blobs, model.files.encoder);
    const picture = await openPicture(pictures, image);
    try {
      const { packed } = await encode({
        family: model.family,
        encoder: { path: encoder.path, sha256: encoder.sha256 },
        picture: picture.ref,
      });
      await blobs.put(key, packed);
    } finally {
      await encoder.release();
      await picture.release();
    }
    // The last image of this picture may have been removed for good meanwhile.
    if (!(await store.images.isUsed(image.sha256))) await blobs.delete(key);
  }

  return {
    /** Makes the embedding unless it is there; gives its key in the blob store. */
    async ensure(image: ImageRow, model: UsableModel, encode: Encode): Promise<string> {
      if (!("encoder" in model.files)) throw new Error(`The model ${model.id} has no encoder.`);
      const key = keyOf(image.sha256, model.files.encoder.sha256);
      if ((await blobs.size(key)) !== null) return key;
      await queue.run(key, async () => {
        if ((await blobs.size(key)) === null) await make(image, model, key, encode);
      });
      return key;
    },

    /** Removes what an encoder made of these pictures. */
    async forget(images: readonly { sha256: string }[], encoderSha256: string): Promise<void> {
      for (const { sha256 } of images) await blobs.delete(keyOf(sha256, encoderSha256));
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
