import { randomBytes } from "node:crypto";
import { ApiError } from "@limn/shared/api";
import {
  createAuthorNumber,
  DocumentError,
  type AnnotationRecord,
  type AuthorNumber,
  type Command,
} from "@limn/shared/document";
import type { Rooms } from "../rooms/index.ts";
import type { ImageRow } from "../store/index.ts";
import type { WorkerPool } from "../workers/worker-pool.ts";
import type { DocumentCalls, NewAnnotation, Summary } from "./document-calls.ts";

export type Documents = ReturnType<typeof createDocuments>;

const MOST_SUMMARIZED = 1_000;

type Sized = Pick<ImageRow, "id" | "width" | "height">;

/** An unguessable number in 0..1. */
const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

/** Documents for whoever has no socket: HTTP, jobs, summaries. Folding happens in workers, writing in the rooms. */
export function createDocuments(
  rooms: Rooms,
  workers: WorkerPool<DocumentCalls>,
  /** One thread of its own, which keeps the documents that it has summarised. */
  summaryWorker: WorkerPool<DocumentCalls>,
) {
  /** Image -> state vector of the document that the summary worker keeps; it may have let go of it. */
  const summarized = new Map<string, Uint8Array>();

  /** The bytes are the worker's from here on. */
  async function takeState(imageId: string, since?: Uint8Array) {
    const { seq, state } = await rooms.snapshot(imageId, since);
    // A copy of exactly this length: the bytes may lie in a larger buffer that others use.
    const own = new Uint8Array(state);
    return { seq, state: own, transfer: [own.buffer] };
  }

  async function readAnnotations(
    image: Sized,
    options: { readonly ids?: readonly string[]; readonly signal?: AbortSignal } = {},
  ): Promise<readonly AnnotationRecord[]> {
    const { state, transfer } = await takeState(image.id);
    const { ids = null, signal } = options;
    return workers.run(
      "read",
      { state, size: sizeOf(image), ids },
      { transfer, ...(signal === undefined ? {} : { signal }) },
    );
  }

  /** Only what has changed since the last time goes to the worker. */
  async function summarize(
    image: Sized,
    colors: Readonly<Record<string, string>>,
    maxSide: number,
  ): Promise<Summary & { readonly seq: number }> {
    const since = summarized.get(image.id);
    const { seq, state, transfer } = await takeState(image.id, since);
    const answer = await summaryWorker.run(
      "summarize",
      { imageId: image.id, state, since: since ?? null, size: sizeOf(image), colors, maxSide },
      { transfer },
    );
    summarized.delete(image.id);
    if (answer === null) return summarize(image, colors, maxSide);
    summarized.set(image.id, answer.stateVector);
    // The worker keeps fewer; here only the map itself is held down.
    const [oldest] = summarized.keys();
    if (summarized.size > MOST_SUMMARIZED && oldest !== undefined) summarized.delete(oldest);
    return { seq, ...answer.summary };
  }

  return {
    /** What is on the image as it is on disk, lowest first; with `ids` only those that are there. */
    readAnnotations,

    /**
     * Adds objects to the live document and resolves once they are on disk; ids that are there already are passed
     * over, so that a retry is harmless. Nothing is added when one of them cannot be. `instead`: whatever else is on the
     * image is deleted in the same edit.
     * @throws ApiError with a sentence that names the object
     */
    async addAnnotations(
      image: Sized,
      userId: string,
      annotations: readonly NewAnnotation[],
      options: { readonly author?: AuthorNumber; readonly instead?: boolean } = {},
    ): Promise<{ readonly seq: number }> {
      const { author = createAuthorNumber(random), instead = false } = options;
      const built = await workers.run("build", {
        annotations,
        size: sizeOf(image),
        author: author.author,
      });
      if (!built.ok) throw new ApiError("unprocessable", built.sentence);
      try {
        const mine = new Set(annotations.map(({ id }) => id));
        return await rooms.edit(image.id, { userId, author }, ({ document }) => [
          ...(instead ? document.list() : []).flatMap(({ id }): Command[] =>
            mine.has(id) ? [] : [{ kind: "delete", id }],
          ),
          ...built.commands.filter(({ id }) => document.annotation(id) === undefined),
        ]);
      } catch (error) {
        if (error instanceof DocumentError) {
          const at = annotations.findIndex(({ id }) => id === error.annotationId);
          throw Object.assign(
            new ApiError(
              "unprocessable",
              at === -1 ? error.message : `annotations.${at}: ${error.message}`,
            ),
            { cause: error },
          );
        }
        throw error;
      }
    },

    summarize,
  };
}

function sizeOf({ width, height }: Sized): { width: number; height: number } {
  return { width, height };
}
