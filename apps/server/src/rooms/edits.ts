import {
  applyCommands,
  type AuthorNumber,
  type Command,
  createAuthorNumber,
  type ImageDocument,
  openImageDocument,
} from "@limn/shared/document";
import type { Limits } from "./limits.ts";
import type { Registry } from "./registry.ts";
import type { Room } from "./room.ts";

export type ImageSize = { readonly width: number; readonly height: number };

/** On whose behalf the server edits. */
export type Actor = {
  readonly userId: string;
  /** Of a job, so that all it writes has one author; otherwise each edit gets its own. */
  readonly author?: AuthorNumber;
};

export type EditContext = { readonly document: ImageDocument; readonly author: AuthorNumber };

/** There is no image with this id, so there is no document to read or edit. */
export class NoSuchImageError extends Error {
  constructor(imageId: string) {
    super(`There is no image ${imageId}.`);
    this.name = "NoSuchImageError";
  }
}

export type Edits = {
  /**
   * Applies commands to the document of an image in pieces of about 1 MiB and resolves, with the log position, once
   * all of it is on disk. `build` sees the document as it is now and makes the commands from it. Ids made by the caller
   * make it harmless to try again after a failure.
   * @throws NoSuchImageError, what `applyCommands` throws (the pieces before stay), LogError
   */
  readonly edit: (
    imageId: string,
    actor: Actor,
    build: readonly Command[] | ((context: EditContext) => readonly Command[]),
  ) => Promise<{ readonly seq: number }>;
  /**
   * Reads the document and resolves once everything that was read is on disk.
   * `read` must not keep the document: it changes, and is let go after a while.
   * @throws NoSuchImageError, LogError
   */
  readonly read: <Result>(
    imageId: string,
    read: (document: ImageDocument, seq: number) => Result,
  ) => Promise<Result>;
};

type Opened = { readonly document: ImageDocument; timer: NodeJS.Timeout };

/** An opened document follows every change of its room, which costs; nobody needs it for long. */
const OPEN_MS = 10_000;
const ORIGIN = "limn:server";

export function createEdits(options: {
  readonly registry: Registry;
  readonly limits: Limits;
  readonly imageSize: (imageId: string) => Promise<ImageSize | undefined>;
  readonly random: () => number;
  /** So that who made what is recorded by the time an edit is answered. */
  readonly flushCommitted: () => Promise<void>;
}): Edits {
  const opened = new WeakMap<Room, Opened>();

  function openDocument(room: Room, size: ImageSize): ImageDocument {
    const before = opened.get(room);
    const document = before?.document ?? openImageDocument(room.doc, size);
    if (before !== undefined) clearTimeout(before.timer);
    const timer = setTimeout(() => {
      opened.delete(room);
      document.dispose();
    }, OPEN_MS);
    timer.unref();
    opened.set(room, { document, timer });
    return document;
  }

  async function withRoom<Result>(
    imageId: string,
    work: (room: Room, size: ImageSize) => Promise<Result>,
  ): Promise<Result> {
    const size = await options.imageSize(imageId);
    if (size === undefined) throw new NoSuchImageError(imageId);
    const lease = await options.registry.open(imageId);
    try {
      return await work(lease.room, size);
    } finally {
      lease.release();
    }
  }

  return {
    edit: (imageId, actor, build) =>
      withRoom(imageId, async (room, size) => {
        const author = actor.author ?? createAuthorNumber(options.random);
        const commands =
          typeof build === "function"
            ? build({ document: openDocument(room, size), author })
            : build;
        for (const piece of cutIntoPieces(commands, options.limits.editBytes)) {
          const document = openDocument(room, size);
          room.change(actor.userId, [author.author], () => applyCommands(document, piece, ORIGIN));
          await room.durable();
        }
        const seq = await room.durable();
        await options.flushCommitted();
        return { seq };
      }),
    read: (imageId, read) =>
      withRoom(imageId, async (room, size) => {
        const result = read(openDocument(room, size), room.seq());
        await room.durable();
        return result;
      }),
  };
}

function cutIntoPieces(commands: readonly Command[], bytes: number): Command[][] {
  const pieces: Command[][] = [];
  let piece: Command[] = [];
  let size = 0;
  for (const command of commands) {
    const more = estimateBytes(command);
    if (piece.length > 0 && size + more > bytes) {
      pieces.push(piece);
      piece = [];
      size = 0;
    }
    piece.push(command);
    size += more;
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

/** About what a command will take in the document; numbers are packed into few bytes there. */
function estimateBytes(value: unknown): number {
  if (value instanceof Uint8Array) return value.length + 16;
  if (typeof value === "string") return value.length + 2;
  if (typeof value === "number") return 4;
  if (Array.isArray(value))
    return value.reduce<number>((sum, item) => sum + estimateBytes(item), 2);
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + estimateBytes(item), 16);
}
