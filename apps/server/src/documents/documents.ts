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

type Sized = Pick<ImageRow, "id" | "width" | "height">;

/** An unguessable number in 0..1. */
const random = (): number => randomBytes(4).readUInt32LE() / 2 ** 32;

/** Documents for whoever has no socket: HTTP, jobs, summaries. Folding happens in workers, writing in the rooms. */
export function createDocuments(rooms: Rooms, workers: WorkerPool<DocumentCalls>) {
  /** The bytes are the worker's from here on. */
  async function takeState(imageId: string) {
    const { seq, state } = await rooms.snapshot(imageId);
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

    async summarize(
      image: Sized,
      colors: Readonly<Record<string, string>>,
      maxSide: number,
    ): Promise<Summary & { readonly seq: number }> {
      const { seq, state, transfer } = await takeState(image.id);
      const summary = await workers.run(
        "summarize",
        { state, size: sizeOf(image), colors, maxSide },
        { urgent: false, transfer },
      );
      return { seq, ...summary };
    },
  };
}

function sizeOf({ width, height }: Sized): { width: number; height: number } {
  return { width, height };
}
