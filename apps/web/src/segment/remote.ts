import { api, callRoute, type Reply } from "@limn/shared/api";
import { bitmaskFromRle, rleFromBitmask } from "@limn/shared/raster";
import type { SegmentInput } from "@limn/shared/segment";
import type { ImageRef } from "./messages.ts";

/** Asks the server's network. @throws ApiError with a sentence. */
export async function segmentRemotely(image: ImageRef, input: SegmentInput, signal: AbortSignal) {
  const { box, clicks, mask, protect } = input;
  const { counts } = mask ? rleFromBitmask(mask, image) : { counts: "" };
  const answer = await callRoute(
    (url, init) => fetch(url, { ...init, credentials: "same-origin", signal }),
    api.segment,
    {
      params: { imageId: image.id },
      body: {
        clicks: clicks.map(({ x, y, inside }) => ({ x, y, inside })),
        ...(box ? { box: [box.x, box.y, box.width, box.height] } : {}),
        ...(mask ? { mask: { size: [image.height, image.width], counts } } : {}),
        ...(protect === undefined ? {} : { protect }),
      },
    },
  );
  const { rle, score, others, ms } = answer;
  return {
    mask: bitmaskFromRle(rle),
    score,
    others: others.map((other) => ({ mask: bitmaskFromRle(other.rle), score: other.score })),
    ms,
  };
}

/**
 * Lets the server's encoder see a picture before anybody clicks, unless it leaves that to the caller, which takes `ms` for
 * version `v`. Nobody waits for it, so a failure is not told.
 */
export async function prepareRemotely(
  image: ImageRef,
  own: { readonly ms?: number; readonly v?: string } = {},
): Promise<Reply<typeof api.prepareEmbedding>["maker"]> {
  try {
    const { maker } = await callRoute(
      (url, init) => fetch(url, { ...init, credentials: "same-origin" }),
      api.prepareEmbedding,
      { params: { imageId: image.id }, query: own },
    );
    return maker;
  } catch {
    return "nobody";
  }
}
